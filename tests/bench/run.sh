#!/usr/bin/env bash
# make bench [CORPUS=DIR] [SEMGREP=1]: releases of the services on private servers, measured as ratios within one run.
# With CORPUS (a folder with discovery-dev.json), also speed and memory over its npm packages; with SEMGREP=1, against semgrep over the same trees.
set -euo pipefail
cd "$(dirname "$0")/../.."
. deploy/dev/lib.sh
export HUB_DEV_DIR=$(mktemp -d /tmp/mcp-hub-bench.XXXXXX) HUB_DEV_PROFILE=release
chmod 755 "$HUB_DEV_DIR"
baseline=
cleanup() {
  status=$?
  trap - EXIT INT TERM
  [ -z "$baseline" ] || end_pid "$baseline" 5
  deploy/dev/down.sh >/dev/null 2>&1 || true
  if [ "$status" = 0 ]; then rm -rf "$HUB_DEV_DIR"; else say "logs are in $HUB_DEV_DIR/log"; fi
  exit "$status"
}
trap cleanup EXIT INT TERM

say "building releases …"
cargo build --workspace --bins --release --locked --quiet
# The accept path alone: jobs are taken and published, no worker runs, and no limit stands in the way.
HUB_DEV_SERVICES="hub-results hub-gateway hub-fetcher hub-connector hub-analyzer" deploy/dev/up.sh >/dev/null
bin=${CARGO_TARGET_DIR:-target}/release
sleep 5
"$bin/hub-bench" memory $(awk '{print $2 "=" $1}' "$HUB_DEV_DIR/services.pids")
deploy/dev/down.sh >/dev/null

HUB_RATE_LIMIT_PER_MINUTE=100000000 HUB_DEV_SERVICES="hub-results hub-gateway" deploy/dev/up.sh >/dev/null
. "$HUB_DEV_DIR/servers/servers.env"
"$bin/hub-bench" serve-baseline >"$HUB_DEV_DIR/baseline.url" &
baseline=$!
wait_for 20 "the baseline" "$HUB_DEV_DIR/baseline.url" test -s "$HUB_DEV_DIR/baseline.url"
export HUB_BENCH_KEY=$(python3 -c 'import json,os; print(json.load(open(os.environ["HUB_DEV_DIR"] + "/bootstrap.json"))["api_key"])')
"$bin/hub-bench" http --base-url "$(cat "$HUB_DEV_DIR/base.url")" --baseline-url "$(cat "$HUB_DEV_DIR/baseline.url")"
end_pid "$baseline" 5; baseline=
"$bin/hub-bench" hosted
"$bin/hub-bench" queue
deploy/dev/down.sh >/dev/null

# One core, as the goals are stated.
taskset -c 0 "$bin/hub-bench" analysis
if [ -n "${CORPUS:-}" ]; then
  trees=$HUB_DEV_DIR/trees
  python3 tests/bench/trees.py "$CORPUS" "$trees"
  taskset -c 0 "$bin/hub-bench" analysis "$trees"/*
  [ -z "${SEMGREP:-}" ] || taskset -c 0 tests/bench/semgrep.sh "$bin/hub-bench" "$trees"
fi
