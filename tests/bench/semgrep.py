"""Processor time of semgrep over source trees against ours, tree by tree: `semgrep.py HUB_BENCH TREES RULES [SECONDS]`.

What semgrep takes for an empty folder (starting, reading the rules) is taken off each of its times. Where it is not done after
SECONDS of processor time (60) it is ended, and the time counts as it is: the ratio is then a lower bound.
"""

import json
import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

# The same files for both: semgrep leaves out minified and large files unless told otherwise.
SEMGREP = ["semgrep", "scan", "--metrics", "off", "--disable-version-check", "--no-git-ignore", "--jobs", "1", "--max-target-bytes", "0",
           "--timeout", "0", "--max-memory", "0", "--x-ignore-semgrepignore-files", "--json"]  # fmt: skip


def processor_seconds(command, limit=None):
    """Processor seconds of a command with its children, how it ended, and what it printed."""
    bound = (lambda: resource.setrlimit(resource.RLIMIT_CPU, (limit, limit))) if limit else None
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, capture_output=True, text=True, preexec_fn=bound)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, done


def semgrep(rules, folder, limit):
    """Processor seconds, and whether it came to its end."""
    seconds, done = processor_seconds([*SEMGREP, "--config", rules, str(folder)], limit)
    if done.returncode in (0, 1):
        return seconds, True
    # Its engine is a child: with the processor time used up, semgrep says so in one of many ways.
    if seconds >= 0.9 * limit:
        return seconds, False
    raise SystemExit(f"semgrep {folder}: {done.stderr[-800:]}")


def main():
    bench, trees, rules = sys.argv[1:4]
    limit = int(sys.argv[4]) if len(sys.argv) > 4 else 60
    with tempfile.TemporaryDirectory() as empty:
        start, _ = semgrep(rules, empty, limit)
    print(f"semgrep: {start:.1f} s for an empty folder, taken off below")
    theirs = ours = unfinished = 0.0
    ratios = []
    folders = sorted(Path(trees).iterdir())
    for folder in folders:
        seconds, finished = semgrep(rules, folder, limit)
        seconds = max(seconds - start, 0.0)
        _, done = processor_seconds([bench, "analysis-one", str(folder), "analyze"])
        if done.returncode != 0:
            raise SystemExit(f"{folder}: {done.stderr[-800:]}")
        one = json.loads(done.stdout)
        mine = one["milliseconds"] / 1e3
        theirs, ours, unfinished = theirs + seconds, ours + mine, unfinished + (not finished)
        ratios.append(seconds / max(mine, 1e-3))
        if os.environ.get("DETAILS"):
            print(f"  {'' if finished else '>'}{seconds:.1f} s against {mine:.2f} s, {one['bytes'] / 1e6:.2f} MB  {folder.name}", flush=True)
    ratios.sort()
    print(f"semgrep: {theirs:.0f} s of processor time over {len(folders)} trees ({unfinished:.0f} ended unfinished after {limit} s); "
          f"ours {ours:.1f} s with discovery: {theirs / ours:.0f} times faster, median tree {ratios[len(ratios) // 2]:.0f} times (goal 20)")  # fmt: skip


if __name__ == "__main__":
    main()
