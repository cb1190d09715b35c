"""Servers written to be vulnerable, and servers that only look so."""

import json
from collections import defaultdict
from types import SimpleNamespace

from hub import ratio, table
from scoring import REACHABLE, accepted, same_file


def measure_one(hub, classes, entry):
    result = SimpleNamespace(entry=entry, error=None, hit=False, near=False, findings=0, alarms=[])
    root = hub.checkout(entry["repo"], entry["commit"], entry["path"])
    if root is None:
        result.error = "no mirror"
        return result
    answer, error = hub.run("scan", str(root / entry["path"]), save=f"servers/{entry['id']}")
    if not answer:
        result.error = error
        # A server that could not be scanned is a miss, not a gap in the measurement.
        return result
    findings = answer["vulnerabilities"]
    result.findings = len(findings)
    # Paths in findings are relative to what was scanned.
    inside = [v for v in findings if not v.get("location") or same_file(v["location"]["file"], entry["file"]) or entry["file"].endswith(v["location"]["file"])]
    if entry["label"] == "safe":
        result.alarms = [v for v in inside if v["evidence_level"] in REACHABLE]
    else:
        right = accepted(inside, classes[entry["class"]]["accept"])
        result.hit = bool(right)
        result.near = any(is_near(v, entry) for v in right)
    return result


def is_near(finding, entry):
    """The finding names the labelled function's tool, or a line near the label or a sink."""
    if finding.get("tool_name") and finding["tool_name"] == entry["function"]:
        return True
    line = (finding.get("location") or {}).get("line")
    return bool(line) and any(abs(line - n) <= 15 for n in [entry["line"], *(entry["sink_lines"] or [])] if n)


def measure(hub, file, corpus, details):
    classes = json.loads((corpus / "detection-classes.json").read_text())["source"]
    results = hub.each(lambda e: measure_one(hub, classes, e), json.loads(file.read_text()))
    absent = [r for r in results if r.error == "no mirror"]
    measured = [r for r in results if r.error != "no mirror"]
    faults = [r for r in measured if r.entry["label"] != "safe"]
    safe = [r for r in measured if r.entry["label"] == "safe"]
    groups = defaultdict(list)
    for r in faults:
        groups["all"].append(r)
        groups["class " + r.entry["class"]].append(r)
        groups["repo " + r.entry["repo"]].append(r)
    rows = [
        [name, ratio(sum(r.hit for r in rs), len(rs)), ratio(sum(r.near for r in rs), len(rs)), sum(r.findings for r in rs)]
        for name, rs in sorted(groups.items(), key=lambda g: (g[0] != "all", g[0]))
    ]
    table(["faults", "hit with the right class", "at the labelled place", "all findings"], rows)
    print(f"safe entries with a finding at `reachable` or above: {sum(bool(r.alarms) for r in safe)} of {len(safe)}")
    print(f"not measured (no mirror): {len(absent)}; could not be scanned: {sum(bool(r.error) for r in measured)}")
    if details:
        for r in faults:
            if not r.hit:
                print(f"  missed {r.entry['id']} {r.entry['class']} {r.entry['path']}:{r.entry['line']} {r.error or ''}")
        for r in safe:
            for v in r.alarms:
                print(f"  false alarm {r.entry['id']} {v['rule_id']} {v['location']}")
