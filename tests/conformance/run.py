#!/usr/bin/env python3
"""Runs the scenarios and compares what fails with what `exceptions.tsv` allows to fail, in both directions."""
import argparse
import concurrent.futures
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).parent
PER_RUN_SECS = 90
AT_ONCE = 2


def exceptions():
    """(scenario, check) → reason. A check `*` stands for all of a scenario's."""
    allowed = {}
    reasons = {}
    for number, line in enumerate((HERE / "exceptions.tsv").read_text().splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        fields = line.split("\t")
        if fields[0] == "reason" and len(fields) == 3:
            reasons[fields[1]] = fields[2]
        elif len(fields) == 3:
            for check in fields[1].split(","):
                allowed[fields[0], check.strip()] = fields[2]
        else:
            sys.exit(f"exceptions.tsv:{number}: expected three fields: scenario, checks, name of a reason; or `reason`, name, words")
    unknown = {r for r in allowed.values() if r not in reasons}
    idle = reasons.keys() - set(allowed.values())
    if unknown or idle:
        sys.exit(f"exceptions.tsv: reasons without words: {sorted(unknown)}; words that nobody uses: {sorted(idle)}")
    return allowed, reasons


def scenarios(node, suite):
    """Each client scenario with the revisions it is for."""
    listed = subprocess.run([node, suite, "list", "--client"], capture_output=True, text=True, check=True, timeout=60).stdout
    found = re.findall(r"^  - (\S+) \[([^\]]*)\]", listed, re.MULTILINE)
    return [(name, version.strip()) for name, versions in found for version in versions.split(",")]


def recorded():
    """What `scenarios.tsv` says that the suite has; a test in `make test` reads the same file."""
    lines = (HERE / "scenarios.tsv").read_text().splitlines()
    rows = [line.split("\t") for line in lines if line.strip() and not line.startswith("#")]
    return [(name, version) for name, versions in rows for version in versions.split(",")]


def run(args, name, version):
    """The ids of the checks that failed, and how many passed."""
    with tempfile.TemporaryDirectory(prefix="mcp-hub-conformance.") as out:
        command = [args.node, args.suite, "client", "--command", os.path.abspath(args.client), "--scenario", name, "--timeout", "30000", "-o", out]
        if version != "extension":
            command += ["--spec-version", version]
        done = subprocess.run(command, capture_output=True, text=True, timeout=PER_RUN_SECS, stdin=subprocess.DEVNULL)
        files = list(pathlib.Path(out).rglob("checks.json"))
        if not files:
            return {"(no result)": done.stdout[-500:] + done.stderr[-500:]}, 0
        checks = json.loads(files[0].read_text())
    failed, passed = {}, 0
    for check in checks:
        if check["status"] in ("FAILURE", "WARNING"):
            failed[check["id"]] = check.get("errorMessage") or check.get("description", "")
        elif check["status"] == "SUCCESS":
            passed += 1
    return failed, passed


def main():
    parser = argparse.ArgumentParser()
    for name in ("node", "suite", "client"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("only", nargs="*")
    args = parser.parse_args()
    allowed, _ = exceptions()
    every = scenarios(args.node, args.suite)
    if sorted(every) != sorted(recorded()):
        differ = sorted(set(every) ^ set(recorded()))
        sys.exit(f"scenarios.tsv is not what the suite lists; bring it up to date: {differ}")
    stale = {name for name, _ in allowed} - {name for name, _ in every}
    if stale:
        sys.exit(f"exceptions.tsv names scenarios that the suite does not have: {sorted(stale)}")
    chosen = [(n, v) for n, v in every if not args.only or n in args.only]
    wrong, used, whole, partly = [], set(), 0, 0
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        for (name, version), (failed, passed) in zip(chosen, pool.map(lambda nv: run(args, *nv), chosen)):
            for check, why in failed.items():
                if (name, check) in allowed:
                    used.add((name, check))
                else:
                    wrong.append(f"{name} [{version}]: {check}: {why}")
            whole += not failed
            partly += bool(failed)
            print(f"{'passed' if not failed else 'passed but for ' + ', '.join(sorted(failed)):<12} {name} [{version}], {passed} checks", flush=True)
    if not args.only:
        wrong += [f"{name}: {check} is excepted and fails nowhere: take it off the list" for name, check in sorted(allowed.keys() - used)]
    names = {n for n, _ in chosen}
    excepted = {n for n, _ in allowed} & names
    print(f"{len(names)} scenarios in {len(chosen)} runs: {len(names - excepted)} pass, {len(excepted)} pass but for checks with a reason")
    for line in wrong:
        print(f"WRONG {line}")
    print(f"{whole + partly - len(wrong) if not wrong else whole} passed, {len(wrong)} failed")
    sys.exit(bool(wrong))


main()
