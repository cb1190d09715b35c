#!/usr/bin/env bash
# make eval CORPUS=DIR [ONLY=discovery,metadata,cve,servers,judged,heldout] [MIRRORS=DIR] [DETAILS=1]
# Builds the released command line program and measures it on labelled data. MIRRORS holds git repositories as OWNER+NAME/repo.
set -euo pipefail
cd "$(dirname "$0")/../.."
[ -n "${1:-}" ] && [ -d "$1" ] || { echo "usage: make eval CORPUS=DIR (a folder with discovery-dev.json and so on)" >&2; exit 64; }
export NPM_CONFIG_REGISTRY=${NPM_CONFIG_REGISTRY:-$(npm config get registry)}
bin=${MCP_HUB:-}
if [ -z "$bin" ]; then
  cargo build --release --locked --quiet -p hub-cli
  bin=${CARGO_TARGET_DIR:-target}/release/mcp-hub
fi
exec python3 tests/eval/eval.py --bin "$bin" --corpus "$1" ${ONLY:+--only "$ONLY"} ${MIRRORS:+--mirrors "$MIRRORS"} ${DETAILS:+--details} ${OUT:+--out "$OUT"}
