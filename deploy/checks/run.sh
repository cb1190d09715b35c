#!/usr/bin/env bash
# The measures of the house: arrows, drivers, unused dependencies, generated files, deployment manifests. Each says what to do.
set -euo pipefail
cd "$(dirname "$0")/../.."
. deploy/dev/lib.sh

python3 deploy/checks/arrows.py
for banned in aws-lc-sys openssl-sys native-tls; do
  if cargo tree --workspace --locked -i "$banned" >/dev/null 2>&1; then
    cargo tree --workspace --locked -i "$banned" | head -n 12 >&2
    die "$banned is in the tree; there is one TLS stack, rustls with ring (docs/adr/0001)"
  fi
done

tools=target/tools
mkdir -p "$tools"
[ -x $tools/bin/cargo-machete ] || CARGO_TARGET_DIR=target/tools-build cargo install --quiet --locked --root $tools cargo-machete@0.9.1
$tools/bin/cargo-machete --skip-target-dir . || die "unused dependencies; remove them from the Cargo.toml named above"

deploy/checks/generate.sh --check
deploy/checks/manifests.sh
