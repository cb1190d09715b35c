#!/usr/bin/env bash
# semgrep.sh HUB_BENCH TREES: processor time of semgrep (from PyPI, a virtual environment of its own) over the trees, against ours.
set -euo pipefail
cd "$(dirname "$0")"
bench=$1 trees=$2
work=$(mktemp -d /tmp/mcp-hub-semgrep.XXXXXX)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet semgrep
PATH="$work/venv/bin:$PATH" SEMGREP_SEND_METRICS=off python3 - "$bench" "$trees" semgrep.yaml <<'PY'
import os, re, resource, subprocess, sys
bench, trees, rules = sys.argv[1:]
def seconds(command):
    """Processor seconds of a command and its children, and its output."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, capture_output=True, text=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, done
folders = sorted(os.path.join(trees, f) for f in os.listdir(trees))
# The same files for both: semgrep leaves out minified and large files unless told otherwise.
theirs, done = seconds(["semgrep", "scan", "--config", rules, "--metrics", "off", "--disable-version-check", "--no-git-ignore", "--jobs", "1",
    "--max-target-bytes", "0", "--timeout", "0", "--max-memory", "0", "--x-ignore-semgrepignore-files", "--json", trees])
if done.returncode not in (0, 1):
    sys.exit(f"semgrep: {done.stderr[-800:]}")
ours, done = seconds([bench, "analysis", *folders])
print(done.stdout, end="")
# `analysis` goes over the trees twice: once for discovery alone.
print(f"semgrep: {theirs:.0f} s of processor time; ours {ours:.0f} s for both passes: {theirs / ours:.0f} times faster (goal 20)")
PY
