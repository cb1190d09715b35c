#!/usr/bin/env bash
# semgrep.sh HUB_BENCH TREES [SECONDS]: processor time of semgrep (from PyPI, a virtual environment of its own) over the trees, against ours.
set -euo pipefail
cd "$(dirname "$0")"
work=$(mktemp -d /tmp/mcp-hub-semgrep.XXXXXX)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet semgrep
PATH="$work/venv/bin:$PATH" SEMGREP_SEND_METRICS=off python3 semgrep.py "$1" "$2" semgrep.yaml "${3:-60}"
