#!/usr/bin/env bash
# Installs what a bare Debian 12 machine lacks to build, run and test: says what first, does nothing when nothing is missing.
#   --build-only: without the servers
set -euo pipefail
. "$(dirname "$0")/lib.sh"

missing=()
if [ "${1:-}" != --build-only ]; then
  ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || missing+=(postgresql)
  command -v redis-server >/dev/null || missing+=(redis-server)
  [ -x /usr/lib/rabbitmq/bin/rabbitmq-server ] || missing+=(rabbitmq-server)
fi
# Python peers of the tests live in virtual environments.
python3 -c 'import venv, ensurepip' 2>/dev/null || missing+=(python3-venv)
command -v git >/dev/null || missing+=(git)
command -v curl >/dev/null || missing+=(curl)
command -v cc >/dev/null || missing+=(build-essential)
command -v cmake >/dev/null || missing+=(cmake)
command -v pkg-config >/dev/null || missing+=(pkg-config)
[ ${#missing[@]} -gt 0 ] || exit 0

say "installing from Debian: ${missing[*]}"
sudo=()
if [ "$(id -u)" != 0 ]; then
  command -v sudo >/dev/null || die "not root and no sudo: install these packages yourself: ${missing[*]}"
  sudo=(sudo)
fi
log=$(mktemp)
export DEBIAN_FRONTEND=noninteractive
# The servers must not be started for the whole machine: ours are private instances.
policy=/usr/sbin/policy-rc.d
made_policy=
if [ ! -e $policy ]; then printf '#!/bin/sh\nexit 101\n' | "${sudo[@]}" tee $policy >/dev/null; "${sudo[@]}" chmod 755 $policy; made_policy=1; fi
status=0
{ "${sudo[@]}" apt-get update && "${sudo[@]}" apt-get install -y --no-install-recommends "${missing[@]}"; } >"$log" 2>&1 || status=$?
[ -z "$made_policy" ] || "${sudo[@]}" rm -f $policy
[ "$status" = 0 ] || { tail -n 20 "$log" >&2; die "apt-get could not install ${missing[*]}; its log is $log"; }
rm -f "$log"
