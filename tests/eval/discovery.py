"""Tools, parameters, descriptions, prompts and resources against what the live server lists."""

import hashlib
import json
import re
from collections import defaultdict

from hub import ratio, table


def spec(entry):
    return f"{'pypi:' if entry['ecosystem'] == 'pypi' else 'npm:'}{entry['package']}{'==' if entry['ecosystem'] == 'pypi' else '@'}{entry['version']}"


def folded_hash(text):
    # An absent description and an empty one look the same to a model.
    return hashlib.sha256(re.sub(r"\s+", " ", text or "").strip().encode(errors="surrogatepass")).hexdigest()


def found_params(tool):
    schema = tool.get("input_schema") or {}
    return set((schema.get("properties") or {}).keys()) if isinstance(schema, dict) else set()


def measure_one(hub, entry):
    answer, error = hub.run("discover", spec(entry), save=f"discovery/{entry['package']}@{entry['version']}")
    answer = answer or {}
    got = {t["name"]: t for t in answer.get("tools_scanned", [])}
    want = {t["name"]: t for t in entry["tools"]}
    both = want.keys() & got.keys()
    prompts = {p["name"] for p in answer.get("prompts_scanned", [])}
    resources = {r["uri"] for r in answer.get("resources_scanned", [])}
    return {
        "entry": entry,
        "error": error,
        "want": len(want),
        "hit": len(both),
        "got": len(got),
        "missed": sorted(want.keys() - got.keys()),
        "extra": sorted(got.keys() - want.keys()),
        "params_want": sum(len(want[n]["params"]) for n in both),
        "params_hit": sum(len(set(want[n]["params"]) & found_params(got[n])) for n in both),
        "params_got": sum(len(found_params(got[n])) for n in both),
        "descriptions": sum(want[n]["description_ws_sha256"] == folded_hash(got[n].get("description")) for n in both),
        "offers_want": len(entry["prompts"]) + len(entry["resources"]),
        "offers_hit": len(set(entry["prompts"]) & prompts) + len(set(entry["resources"]) & resources),
    }


def row(name, results):
    total = lambda key: sum(r[key] for r in results)
    exact = [r for r in results if not r["entry"]["lists_subset"]]
    per_server = [r["hit"] / r["want"] for r in results if r["want"]]
    return [
        name,
        len(results),
        ratio(total("hit"), total("want")),
        f"{sum(per_server) / len(per_server):.3f}" if per_server else "–",
        ratio(sum(r["hit"] for r in exact), sum(r["got"] for r in exact)),
        ratio(total("params_hit"), total("params_want")),
        ratio(total("params_hit"), total("params_got")),
        ratio(total("descriptions"), total("hit")),
        ratio(total("offers_hit"), total("offers_want")),
    ]


def measure(hub, file, _corpus, details):
    results = hub.each(lambda e: measure_one(hub, e), json.loads(file.read_text()))
    head = ["servers", "n", "name recall", "mean per server", "name precision", "param recall", "param precision", "descriptions equal", "prompts+resources recall"]
    rows = [row("all", results)]
    for field in ("recoverable", "ecosystem", "registration"):
        groups = defaultdict(list)
        for r in results:
            groups[r["entry"][field]].append(r)
        rows += [row(f"{field} {name}", groups[name]) for name in sorted(groups)]
    table(head, rows)
    failed = [r for r in results if r["error"]]
    print(f"scans that could not be done: {len(failed)}")
    for r in failed:
        print(f"  {spec(r['entry'])}: {r['error']}")
    if details:
        for r in sorted(results, key=lambda r: r["hit"] - r["want"]):
            if r["missed"] or (r["extra"] and not r["entry"]["lists_subset"]):
                print(f"  {spec(r['entry'])} [{r['entry']['registration']}/{r['entry']['recoverable']}] missed {len(r['missed'])}: {', '.join(r['missed'][:8])} · extra {len(r['extra'])}: {', '.join(r['extra'][:8])}")
