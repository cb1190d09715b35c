"""Our own texts that no rule was written from and no model trained on: one set a pair of tables under `shared/hub-analyze/heldout`.

A line of `*attacks.tsv` is class, tool name, description and, where needed, properties of the input schema (JSON) and further
keys of the tool (JSON); `kind` among them makes it a prompt, a resource or instructions, `siblings` are other tools of the same
server. A line of `*honest.tsv` lacks the class.
"""

import json
from pathlib import Path

import metadata

FOLDER = Path(__file__).resolve().parents[2] / "shared/hub-analyze/heldout"


def entries(table):
    """The cases of one table, in the shape of the corpus's `metadata-dev.jsonl`."""
    malicious = table.stem.endswith("attacks")
    for number, line in enumerate(table.read_text().splitlines(), 1):
        fields = line.split("\t")
        kind = fields.pop(0) if malicious else ""
        name, description, properties, further = (fields + [""] * 4)[:4]
        keys = json.loads(further) if further else {}
        tool = {"name": name, "description": description.replace("\\n", "\n")}
        tool["inputSchema"] = {"type": "object", "properties": json.loads(properties) if properties else {}}
        entry = {"id": f"{table.stem}-{number}", "source": f"own: {table.stem}", "class": kind, "hard": not malicious}
        entry |= {"label": "malicious" if malicious else "benign", "kind": keys.pop("kind", "tool"), "siblings": keys.pop("siblings", [])}
        yield entry | {"tool": tool | keys}


def measure(hub, corpus, details):
    for attacks in sorted(FOLDER.glob("*attacks.tsv")):
        name = attacks.stem.removesuffix("attacks").rstrip("-")
        print(f"\n### {name}")
        honest = attacks.with_name(attacks.name.replace("attacks", "honest"))
        metadata.measure_entries(hub, [*entries(attacks), *entries(honest)], corpus, details)
