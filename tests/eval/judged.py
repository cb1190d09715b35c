"""What was found at High or above in published servers, and what a reader of the code said about it.

`judged-findings.json` is a regression set: package, version, rule, file, line (versions are fixed, so lines do not move), and the verdict
with its reason; a sample at Medium beside them (`severity`). `ONLY=judged` says what is new, what is gone, and how much of what is found is true.
"""

import json
from collections import Counter
from pathlib import Path
from types import SimpleNamespace

from discovery import spec
from hub import at_least, ratio, table

SET = Path(__file__).parent / "judged-findings.json"


def key(package, version, finding):
    place = finding.get("location") or {}
    return (package, version, finding["rule_id"], place.get("file") or "", place.get("line") or 0)


def measure(hub, file, corpus, details):
    judged = {(j["package"], j["version"], j["rule"], j["file"], j["line"]): j for j in json.loads(SET.read_text())}
    servers = [e for e in json.loads(file.read_text()) if e["ecosystem"] in ("npm", "pypi")]

    def measure_one(entry):
        answer, error = hub.run("scan", spec(entry), save=f"judged/{entry['package']}@{entry['version']}")
        everything = answer["vulnerabilities"] if answer else []
        found = [v for v in everything if at_least(v["severity"], "High")]
        return SimpleNamespace(entry=entry, error=error, found=found, medium=[v for v in everything if v["severity"] == "Medium"])

    results = hub.each(measure_one, servers)
    verdicts, new, seen = Counter(), [], set()
    for r in results:
        for v in r.found:
            k = key(r.entry["package"], r.entry["version"], v)
            if k in judged:
                seen.add(k)
                verdicts[judged[k]["verdict"]] += 1
            else:
                verdicts["unjudged"] += 1
                new.append((r.entry, v))
    scanned = [r for r in results if not r.error]
    total = sum(len(r.found) for r in scanned)
    table(
        ["servers scanned", "findings at High or above", "per server", "judged true", "judged false", "unjudged"],
        [[len(scanned), total, f"{total / max(1, len(scanned)):.2f}", ratio(verdicts["true"], verdicts["true"] + verdicts["false"]), verdicts["false"], verdicts["unjudged"]]],
    )
    sampled = Counter()
    for r in results:
        for v in r.medium:
            k = key(r.entry["package"], r.entry["version"], v)
            if judged.get(k, {}).get("severity") == "Medium":
                seen.add(k)
                sampled[judged[k]["verdict"]] += 1
    print(f"of the sample at Medium: {ratio(sampled['true'], sampled['true'] + sampled['false'])} judged true")
    for entry, v in new:
        place = v.get("location") or {}
        print(f"  unjudged {entry['package']}@{entry['version']} {v['rule_id']} {v['severity']} {place.get('file')}:{place.get('line')} {v['title']}")
    if details:
        for k, j in sorted(judged.items()):
            if k not in seen:
                print(f"  gone     {j['package']}@{j['version']} {j['rule']} {j['file']}:{j['line']} was {j['verdict']}: {j['reason']}")
        for r in results:
            if r.error:
                print(f"  not scanned {r.entry['package']}: {r.error}")
