"""Unpacks the npm packages of CORPUS/discovery-dev.json into FOLDER, one folder each: `trees.py CORPUS FOLDER`."""

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path


def unpack(entry, folder):
    target = folder / entry["package"].replace("/", "+")
    target.mkdir(parents=True)
    name = f"{entry['package']}@{entry['version']}"
    packed = subprocess.run(["npm", "pack", "--silent", "--ignore-scripts", name], cwd=target, capture_output=True, text=True)
    if packed.returncode != 0:
        raise SystemExit(f"npm pack {name}: {packed.stderr.strip()}")
    tarball = target / packed.stdout.strip().splitlines()[-1]
    subprocess.run(["tar", "-xzf", tarball, "-C", target, "--strip-components=1", "--no-same-owner"], check=True)
    tarball.unlink()


def main():
    corpus, folder = Path(sys.argv[1]), Path(sys.argv[2])
    entries = [e for e in json.loads((corpus / "discovery-dev.json").read_text()) if e["ecosystem"] == "npm"]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda e: unpack(e, folder), entries))


if __name__ == "__main__":
    main()
