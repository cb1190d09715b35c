#!/usr/bin/env bash
# Prepares docker-compose.yml for its first start and for every upgrade: random passwords and the sealing key pair in .env, where what is
# there already stays; one broker user per service in deploy/rabbitmq/definitions.json. HUB_ADMIN names another hub-admin than the image's.
set -euo pipefail
cd "$(dirname "$0")/.."
umask 077
admin() { if [ -n "${HUB_ADMIN:-}" ]; then env $(grep -v '^#' .env) "$HUB_ADMIN" "$@"; else docker run --rm --network none --env-file .env "${HUB_IMAGE:-mcp-hub:latest}" hub-admin "$@"; fi; }

[ -e .env ] || cp deploy/compose.env.example .env
for name in POSTGRES REDIS AMQP_ADMIN AMQP_GATEWAY AMQP_RESULTS AMQP_FETCHER AMQP_CONNECTOR AMQP_ANALYZER; do
  sed -i "s/^${name}_PASSWORD=\$/${name}_PASSWORD=$(od -An -N24 -tx1 /dev/urandom | tr -d ' \n')/" .env
done
if grep -q '^HUB_SEALING_PUBLIC_KEY=$' .env; then
  # A base64 key ends in `=`, so a line is split at its first one only.
  admin sealing-key generate --format env | while IFS= read -r line; do
    line=${line#export }; name=${line%%=*}
    sed -i "s|^$name=\$|$line|" .env
  done
fi
# Made anew each time, since a release may need queues and rights that the one before did not know. Written in place: the broker's
# container has the file itself mounted, and reads it as another user when it starts.
definitions=$(admin broker-definitions)
upgrade=; [ ! -s deploy/rabbitmq/definitions.json ] || upgrade=1
printf '%s\n' "$definitions" >deploy/rabbitmq/definitions.json
chmod 644 deploy/rabbitmq/definitions.json
[ -z "$upgrade" ] || echo "to upgrade what is running: docker compose up -d rabbitmq && docker compose restart rabbitmq && docker compose up -d"
grep -q '^NPM_CONFIG_REGISTRY=.' .env || echo "now set NPM_CONFIG_REGISTRY in .env to what 'npm config get registry' prints, then: docker compose up -d"
