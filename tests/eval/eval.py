"""Measures the released `mcp-hub` on labelled data and prints recall and precision per class.

It runs the command line program as a user would and reads its JSON; nothing of the project's own code is imported.
How each file is scored stands in the corpus's own READMEs; the modules beside this one follow them to the letter.
"""

import argparse
import sys
from pathlib import Path

import cve
import discovery
import heldout
import judged
import metadata
import servers
from hub import Hub

PARTS = {
    "discovery": ("discovery-dev.json", discovery.measure),
    "metadata": ("metadata-dev.jsonl", metadata.measure),
    "cve": ("cve-pairs-dev.json", cve.measure),
    "servers": ("vulnerable-servers-dev.json", servers.measure),
    "judged": ("discovery-dev.json", judged.measure),
}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bin", required=True, help="the mcp-hub program")
    parser.add_argument("--corpus", required=True, type=Path)
    parser.add_argument("--only", default=",".join([*PARTS, "heldout"]), help="comma-separated parts: " + ", ".join([*PARTS, "heldout"]))
    parser.add_argument("--mirrors", type=Path, help="git repositories as OWNER+NAME/repo; entries without one are not measured, and counted")
    parser.add_argument("--details", action="store_true", help="also print every miss and false alarm")
    parser.add_argument("--out", type=Path, help="write the program's JSON answers below this folder")
    args = parser.parse_args()
    hub = Hub(args.bin, args.mirrors, args.out)
    for part in args.only.split(","):
        if part == "heldout":
            print("\n## heldout: shared/hub-analyze/heldout")
            heldout.measure(hub, args.corpus, args.details)
            continue
        if part not in PARTS:
            sys.exit(f"no part `{part}`; there are {', '.join(PARTS)}, heldout")
        name, measure = PARTS[part]
        # The other half of the data has other names (`…-test.json`): take what is there.
        found = sorted(args.corpus.glob(name.replace("-dev", "-*")))
        if not found:
            print(f"\n## {part}: no {name} in {args.corpus}")
        for file in found:
            print(f"\n## {part}: {file.name}")
            measure(hub, file, args.corpus, args.details)


if __name__ == "__main__":
    main()
