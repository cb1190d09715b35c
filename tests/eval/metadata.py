"""Texts that steer the model, and texts that only look so."""

import json
import re
from collections import defaultdict

from hub import at_least, ratio, table

APART = "overt-malicious-capability"
COUNTED = re.compile(r"M(0[1-9]|1[0-9])$")


def listing(entry):
    """The entry as a saved listing, the way `mcp-hub scan --tools` reads one."""
    tool = entry["tool"]
    if entry["kind"] == "instructions":
        return {"tools": [], "instructions": tool.get("description", "")}
    if entry["kind"] == "prompt":
        properties = (tool.get("inputSchema") or {}).get("properties") or {}
        arguments = [{"name": n, "description": p.get("description") if isinstance(p, dict) else None} for n, p in properties.items()]
        return {"tools": [], "prompts": [{"name": tool["name"], "description": tool.get("description"), "arguments": arguments}]}
    if entry["kind"] == "resource":
        return {"tools": [], "resources": [{"uri": tool.get("uri", tool["name"]), "name": tool["name"], "description": tool.get("description")}]}
    return {"tools": [tool, *entry.get("siblings", [])]}


def measure_one(hub, folder, entry):
    file = folder / f"{entry['id']}.json"
    file.write_text(json.dumps(listing(entry)))
    answer, error = hub.run("scan", "--tools", str(file), save=f"metadata/{entry['id']}")
    findings = [
        v
        for v in (answer or {}).get("vulnerabilities", [])
        if at_least(v["severity"], "Medium") and any(COUNTED.match(c) for c in v["detection_classes"])
    ]
    return {"entry": entry, "error": error, "findings": findings, "classes": {c for v in findings for c in v["detection_classes"]}}


def measure(hub, file, corpus, details):
    measure_entries(hub, [json.loads(line) for line in file.read_text().splitlines() if line.strip()], corpus, details)


def measure_entries(hub, entries, corpus, details):
    classes = json.loads((corpus / "detection-classes.json").read_text())["metadata"]
    folder = hub.scratch / "metadata"
    folder.mkdir(exist_ok=True)
    results = hub.each(lambda e: measure_one(hub, folder, e), entries)
    flagged = lambda rs: sum(bool(r["findings"]) for r in rs)
    right = lambda rs: sum(bool(r["classes"] & set(classes.get(r["entry"]["class"], {}).get("accept", []))) for r in rs if r["findings"])
    malicious = [r for r in results if r["entry"]["label"] == "malicious"]
    benign = [r for r in results if r["entry"]["label"] == "benign"]
    counted = [r for r in malicious if r["entry"]["class"] != APART]
    hard = [r for r in benign if r["entry"].get("hard")]
    table(
        ["measure", "value"],
        [
            ["malicious flagged (without " + APART + ")", ratio(flagged(counted), len(counted))],
            ["right class among the flagged", ratio(right(counted), flagged(counted))],
            ["benign flagged", ratio(flagged(benign), len(benign))],
            ["hard benign flagged", ratio(flagged(hard), len(hard))],
            ["precision over both (without " + APART + ")", ratio(flagged(counted), flagged(counted) + flagged(benign))],
            ["could not be scanned", sum(bool(r["error"]) for r in results)],
        ],
    )
    for field, rows in (("class", malicious), ("source", results)):
        groups = defaultdict(list)
        for r in rows:
            groups[r["entry"][field]].append(r)
        print()
        table(
            [field, "malicious flagged", "right class", "benign flagged"],
            [
                [
                    name,
                    ratio(flagged(bad := [r for r in group if r["entry"]["label"] == "malicious"]), len(bad)),
                    ratio(right(bad), flagged(bad)),
                    ratio(flagged(good := [r for r in group if r["entry"]["label"] == "benign"]), len(good)),
                ]
                for name, group in sorted(groups.items())
            ],
        )
    if details:
        for r in counted:
            if not r["findings"]:
                print(f"  missed {r['entry']['id']} {r['entry']['class']}: {r['entry']['tool'].get('description', '')[:160]!r}")
        for r in benign:
            for v in r["findings"]:
                print(f"  false alarm {r['entry']['id']} {v['rule_id']}: {v['evidence'][:160]!r}")
