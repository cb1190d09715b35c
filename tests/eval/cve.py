"""Real faults in published servers: found before the fix, quiet after it."""

import json
from collections import defaultdict
from types import SimpleNamespace

from discovery import spec
from hub import ratio, table
from scoring import accepted, hits, spans_of


def findings_of(hub, entry, version):
    """All findings of one version, or (None, reason)."""
    if entry["ecosystem"] == "git":
        folder = hub.checkout(entry["package"], version)
        if folder is None:
            return None, "no mirror"
        target = str(folder)
    else:
        target = spec({**entry, "version": version})
    answer, error = hub.run("scan", target, save=f"cve/{entry['id']}@{version}")
    return (answer["vulnerabilities"], None) if answer else (None, error)


def measure_one(hub, classes, entry):
    accept = classes[entry["class"]]["accept"]
    before, error = findings_of(hub, entry, entry["vulnerable_version"])
    result = SimpleNamespace(entry=entry, error=error, hit=[], won=False, before=0, after=None, all_before=0)
    if error:
        return result
    relevant = accepted(before, accept)
    result.all_before, result.before = len(before), len(relevant)
    result.hit = hits(relevant, entry["file"], spans_of(entry))
    if entry["score"] == "pair":
        after, error = findings_of(hub, entry, entry["fixed_version"])
        if error:
            result.error = error
            return result
        after_relevant = accepted(after, accept)
        result.after = len(after_relevant)
        # "The same rule has none in the same function of the fixed file": a function is found again by the subject and rule of
        # the hit, because lines move; where the subject is not a tool, by a span as long as the old one at the old place.
        rules = {v["rule_id"] for v in result.hit}
        low = min(a for a, _ in spans_of(entry))
        high = max(b for _, b in spans_of(entry))
        slack = max(20, high - low)
        still = [
            v
            for v in hits(after_relevant, entry["fixed_file"] or entry["file"], [(low - slack, high + slack)])
            if v["rule_id"] in rules and any(v["tool_name"] == h["tool_name"] for h in result.hit)
        ]
        result.won = bool(result.hit) and not still
    return result


def measure(hub, file, corpus, details):
    classes = json.loads((corpus / "detection-classes.json").read_text())["source"]
    results = hub.each(lambda e: measure_one(hub, classes, e), json.loads(file.read_text()))
    measured = [r for r in results if not r.error]
    pairs = lambda rs: [r for r in rs if r.entry["score"] == "pair"]
    rows = []
    groups = defaultdict(list)
    for r in measured:
        for key in ("all", "class " + r.entry["class"], "ecosystem " + r.entry["ecosystem"], "guard added" if not r.entry["pattern_gone_in_fixed"] else "pattern gone"):
            groups[key].append(r)
    for name in sorted(groups, key=lambda n: (n != "all", n)):
        rs = groups[name]
        rows.append([
            name,
            ratio(sum(bool(r.hit) for r in rs), len(rs)),
            ratio(sum(r.won for r in pairs(rs)), len(pairs(rs))),
            sum(r.before for r in rs),
            sum(r.after or 0 for r in rs),
            sum(r.all_before for r in rs),
        ])
    table(["entries", "hit before the fix", "pairs won", "accepted ids before", "accepted ids after", "all findings before"], rows)
    print(f"not measured: {len(results) - len(measured)}")
    for r in results:
        if r.error:
            print(f"  {r.entry['id']} {r.entry['package']}: {r.error}")
    if details:
        for r in measured:
            state = "won" if r.won else "hit" if r.hit else "MISSED"
            print(f"  {state:6} {r.entry['id']} {r.entry['class']} {r.entry['package']} {r.entry['file']}:{r.entry['line_in_vulnerable']} before {r.before} after {r.after} rules {sorted({v['rule_id'] for v in r.hit})}")
