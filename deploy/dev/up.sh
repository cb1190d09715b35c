#!/usr/bin/env bash
# Brings up a whole MCP Hub on this machine and prints how to use it. `down.sh` stops it; the data stays in .dev/.
# Given DATABASE_URL, REDIS_URL and AMQP_URL it uses those servers instead of private ones.
# HUB_DEV_DIR (default .dev) holds all state, HUB_DEV_PROFILE=release builds releases, HUB_DEV_SERVICES starts only some.
set -euo pipefail
cd "$(dirname "$0")/../.."
root=$PWD here=$PWD/deploy/dev
. $here/lib.sh

dev=${HUB_DEV_DIR:-$root/.dev}
services=${HUB_DEV_SERVICES:-hub-results hub-gateway hub-fetcher hub-connector hub-analyzer}
profile=${HUB_DEV_PROFILE:-debug}
mkdir -p "$dev"
if [ -e "$dev/services.pids" ]; then
  while read -r pid _; do
    if kill -0 "$pid" 2>/dev/null; then say "already up; 'make down' stops it"; cat "$dev/hello.txt"; exit 0; fi
  done <"$dev/services.pids"
fi
mkdir -p "$dev/log"

own_servers=; [ -n "${DATABASE_URL:-}" ] && [ -n "${REDIS_URL:-}" ] && [ -n "${AMQP_URL:-}" ] || own_servers=1
if [ -n "$own_servers" ]; then $here/install.sh; else $here/install.sh --build-only; fi

say "building (the first time takes some minutes) …"
release=(); [ "$profile" = debug ] || release=(--release)
cargo build --workspace --bins --locked --quiet "${release[@]}" ||
  die "the build failed; see above"
bin=${CARGO_TARGET_DIR:-$root/target}/$profile

if [ -n "$own_servers" ]; then
  # Postgres and RabbitMQ run as users of their own; where they cannot reach .dev/ (a checkout in a private home) the data lies in /var/tmp.
  servers=$dev/servers
  if [ "$(id -u)" = 0 ]; then
    mkdir -p "$servers"; chmod 755 "$dev" "$servers"
    if ! runuser -u postgres -- test -x "$servers"; then
      servers=/var/tmp/mcp-hub-$(printf %s "$root" | sha256sum | cut -c1-12)
      mkdir -p "$servers"
      say "the user postgres cannot reach $dev: the servers' data lies in $servers"
    fi
  fi
  echo "$servers" >"$dev/servers.dir"
  say "starting private Postgres, Redis and RabbitMQ …"
  $here/servers.sh start "$servers"
  . "$servers/servers.env"
fi

# Whatever fails from here on, what was started is stopped again.
: >"$dev/services.pids"
up=
cleanup() {
  status=$?
  if [ -z "$up" ]; then say "stopping what was started"; $here/down.sh >/dev/null 2>&1 || true; [ "$status" != 0 ] || status=1; fi
  exit "$status"
}
trap cleanup EXIT
trap 'exit 1' INT TERM

if [ ! -s "$dev/keys.env" ]; then
  (umask 077; "$bin/hub-admin" sealing-key generate --format env >"$dev/keys.env")
fi
set -a
. "$dev/keys.env"
HUB_ARTIFACTS_URL=${HUB_ARTIFACTS_URL:-file://$dev/artifacts}
set +a
export DATABASE_URL REDIS_URL AMQP_URL
mkdir -p "$dev/artifacts"

say "migrating …"
"$bin/hub-admin" migrate >"$dev/log/migrate.log" 2>&1 || die "the migration failed; its log is $dev/log/migrate.log: $(tail -n 1 "$dev/log/migrate.log")"
"$bin/hub-admin" declare-queues >"$dev/log/queues.log" 2>&1 || die "declaring the queues failed; its log is $dev/log/queues.log: $(tail -n 1 "$dev/log/queues.log")"
if [ ! -s "$dev/bootstrap.json" ]; then
  (umask 077; "$bin/hub-admin" bootstrap --org dev --user dev@localhost.localdomain --project dev >"$dev/bootstrap.json" 2>"$dev/log/bootstrap.log") ||
    { rm -f "$dev/bootstrap.json"; die "creating the first key failed; its log is $dev/log/bootstrap.log"; }
fi
key=$(python3 -c 'import json,sys; print(json.load(open(sys.argv[1]))["api_key"])' "$dev/bootstrap.json")
# Other servers than last time do not know the key yet; those that do are left as they are.
HUB_BOOTSTRAP_KEY=$key "$bin/hub-admin" bootstrap --org dev --user dev@localhost.localdomain --project dev >/dev/null 2>"$dev/log/bootstrap.log" ||
  die "the key is not usable with this database; the log is $dev/log/bootstrap.log"

mapfile -t p < <(free_ports 7)
gateway=${HUB_DEV_PORT:-${p[0]}} results=${p[1]}
# For a scan of this machine's own servers: development opens loopback explicitly, production never does.
export EGRESS_ALLOW=${EGRESS_ALLOW:-127.0.0.0/8,::1/128}
export HUB_CODE_HOSTS=${HUB_CODE_HOSTS:-github.com,127.0.0.1,localhost} HUB_ALLOW_HTTP_LOOPBACK=${HUB_ALLOW_HTTP_LOOPBACK:-true}
export NPM_CONFIG_REGISTRY=${NPM_CONFIG_REGISTRY:-$(npm config get registry)}
# pip names its index in its help only.
export PIP_INDEX_URL=${PIP_INDEX_URL:-$(python3 -I -m pip install --help 2>/dev/null | tr -s ' \n' '  ' | sed -n 's/.*Python Package Index (default \([^)]*\)).*/\1/p')}

start() { # NAME PRIVATE_PORT [VAR=VALUE…]
  local name=$1 private=$2; shift 2
  case " $services " in *" $name "*) ;; *) return 0 ;; esac
  env HUB_PRIVATE_ADDR="127.0.0.1:$private" "$@" setsid "$bin/$name" >"$dev/log/$name.log" 2>&1 </dev/null &
  echo "$! $name $private" >>"$dev/services.pids"
}
# Each service is given only what DESIGN.md's table allows it to touch.
start hub-results "${p[2]}" HUB_RESULTS_ADDR="127.0.0.1:$results" HUB_SEALING_PRIVATE_KEY=
start hub-gateway "${p[3]}" HUB_GATEWAY_ADDR="127.0.0.1:$gateway" HUB_RESULTS_URL="http://127.0.0.1:$results" HUB_SEALING_PRIVATE_KEY=
start hub-fetcher "${p[4]}" DATABASE_URL= REDIS_URL= HUB_SEALING_PRIVATE_KEY=
start hub-connector "${p[5]}" DATABASE_URL= REDIS_URL=
start hub-analyzer "${p[6]}" DATABASE_URL= REDIS_URL= HUB_SEALING_PRIVATE_KEY=

ready() { kill -0 "$1" 2>/dev/null && curl -fs "http://127.0.0.1:$2/readyz"; }
while read -r pid name private; do
  wait_for 60 "$name" "$dev/log/$name.log" ready "$pid" "$private" || exit 1
done <"$dev/services.pids"

base=http://127.0.0.1:$gateway/mcp-hub
echo "$base" >"$dev/base.url"
cat >"$dev/hello.txt" <<HELLO
MCP Hub is up.
  base URL  $base
  API key   $key
  docs      $base/docs
  logs      $dev/log/
Try:
  curl -s -X POST $base/scan -H 'apikey: $key' -H 'content-type: application/json' -d '{"source_url":"@modelcontextprotocol/server-filesystem"}'
  curl -s $base/scans -H 'apikey: $key'
HELLO
chmod 600 "$dev/hello.txt"
cat "$dev/hello.txt"
up=1
