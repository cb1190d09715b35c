"""What both sets of faulty code share: which findings count, and where."""

REACHABLE = ("reachable", "confirmed")


def accepted(findings, accept):
    return [v for v in findings if set(v["detection_classes"]) & set(accept)]


def same_file(path, wanted):
    return path == wanted or path.endswith("/" + wanted) or wanted.endswith("/" + path)


def lines_of(finding):
    """Lines that a finding names in one file: its own, and those of its flow (the corpus labels the place, we may report either end)."""
    place = finding.get("location") or {}
    return place.get("file"), place.get("line")


def hits(findings, file, spans):
    """Findings in `file` on a line of one of the spans (both ends count)."""
    found = []
    for v in findings:
        path, line = lines_of(v)
        if path and line and same_file(path, file) and any(a <= line <= b for a, b in spans):
            found.append(v)
    return found


def spans_of(entry):
    """The corpus README: within the function; without one, five lines either side; in a long one, fifteen lines either side."""
    lines = [n for n in [entry["line_in_vulnerable"], *entry["other_lines"]] if n]
    span = entry.get("function_span")
    if not span:
        return [(n - 5, n + 5) for n in lines]
    if span[1] - span[0] > 150:
        return [(max(span[0], n - 15), min(span[1], n + 15)) for n in lines if span[0] <= n <= span[1]] or [(n - 15, n + 15) for n in lines]
    return [tuple(span)]
