#!/usr/bin/env bash
# The protocol's own conformance suite for clients, with the connector as the client under test. Every scenario, at each revision of the
# specification that it is for, passes but for the checks that `exceptions.tsv` names with their reason.
#   run.sh [SCENARIO …]    only these
set -euo pipefail
cd "$(dirname "$0")/../.."
. deploy/dev/lib.sh
command -v npm >/dev/null || die "the conformance suite comes from npm; install Node.js with npm"
case $(uname -m) in
  x86_64) arch=x64 ;;
  aarch64 | arm64) arch=arm64 ;;
  *) die "no Node.js package is known for $(uname -m)" ;;
esac
# The suite needs a newer Node.js than Debian's; npm has that too.
suite=@modelcontextprotocol/conformance@0.2.0-alpha.12
node=node-linux-$arch@22.23.3
target=${CARGO_TARGET_DIR:-target}
dir=$target/test-npm/conformance
if [ "$(cat "$dir/.complete" 2>/dev/null)" != "$suite $node" ]; then
  say "installing $suite and $node from npm"
  rm -rf "$dir" && mkdir -p "$dir"
  echo '{"private":true}' >"$dir/package.json"
  npm install --no-audit --no-fund --ignore-scripts --save-exact --loglevel error --prefix "$dir" "$suite" "$node" >&2
  echo "$suite $node" >"$dir/.complete"
fi
cargo build --quiet --locked -p hub-connect --example conformance
exec python3 tests/conformance/run.py \
  --node "$dir/node_modules/node-linux-$arch/bin/node" \
  --suite "$dir/node_modules/@modelcontextprotocol/conformance/dist/index.js" \
  --client "$target/debug/examples/conformance" "$@"
