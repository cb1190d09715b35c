#!/usr/bin/env bash
# Rewrites what is generated from the code; with --check says what is stale instead.
set -euo pipefail
cd "$(dirname "$0")/../.."
. deploy/dev/lib.sh
# The whole workspace, so that dependencies are built once, with the features that the tests use.
cargo build --workspace --bins --locked --quiet
bin=${CARGO_TARGET_DIR:-target}/debug

out=$PWD/docs
[ "${1:-}" != --check ] || { out=$(mktemp -d); trap 'rm -rf "$out"' EXIT; }
mkdir -p "$out/rules"
"$bin/hub-admin" openapi >"$out/openapi.json"
"$bin/hub-admin" settings >"$out/settings.md"
rm -f "$out"/rules/*.md
"$bin/mcp-hub" rules --format markdown --output "$out/rules"

[ "${1:-}" = --check ] || exit 0
stale=
for what in openapi.json settings.md rules; do
  diff -r "docs/$what" "$out/$what" >/dev/null 2>&1 || stale="$stale docs/$what"
done
[ -z "$stale" ] || die "stale:$stale; run 'make generate' and commit the result"
