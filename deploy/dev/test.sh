#!/usr/bin/env bash
# Runs COMMAND (default: every test of the workspace) against private servers of its own, and stops them whatever happens.
set -euo pipefail
cd "$(dirname "$0")/../.."
here=deploy/dev
. $here/lib.sh
$here/install.sh

dir=$(mktemp -d /tmp/mcp-hub-test.XXXXXX)
cleanup() {
  status=$?
  trap - EXIT INT TERM
  $here/servers.sh stop "$dir" || true
  if [ "$status" = 0 ]; then rm -rf "$dir"; else say "the servers' logs are in $dir/log"; fi
  exit "$status"
}
trap cleanup EXIT INT TERM
$here/servers.sh start "$dir" --fast
. "$dir/servers.env"
export HUB_TEST_DATABASE_URL=$DATABASE_URL HUB_TEST_REDIS_URL=$REDIS_URL HUB_TEST_AMQP_URL=$AMQP_URL HUB_TEST_AMQP_ADMIN_URL=$AMQP_ADMIN_URL
# What the tests start must not find the servers by the names that production uses.
unset DATABASE_URL REDIS_URL AMQP_URL AMQP_ADMIN_URL

# The end-to-end tests run the programs themselves.
cargo build --workspace --bins --locked
if [ $# -gt 0 ]; then "$@"; else cargo test --workspace --locked; fi
