"""Results as text, Markdown and JSON."""

import json

from .targets import judged


def time_text(ns):
    for unit, scale in (("ns", 1), ("µs", 1e3), ("ms", 1e6), ("s", 1e9)):
        if ns < 1000 * scale or unit == "s":
            return f"{ns / scale:.3g} {unit}"


def figure_text(judgement):
    target, value = judgement.target, judgement.figure
    if value is None:
        return "-"
    if target.unit == "ns":
        return time_text(value)
    if target.unit == "x":
        return f"{value:.2f}x"
    if target.unit == "ULP":
        return f"{value:.2f} ULP"
    return f"{100 * value:.0f} %" if target.kind == "speed" else f"{value:g}"


def ratio_text(judgement):
    """The part of the target that was reached."""
    return f"{judgement.verdict.by:.2f}" if judgement.verdict else "-"


def verdict_text(judgement):
    if judgement.verdict is None:
        return f"not judged ({judgement.note})"
    word = "as do" if judgement.verdict.met else "met by"
    others = f" ({word} {judgement.others} others)" if judgement.others else ""
    return str(judgement.verdict) + others


def table(header, rows):
    """Aligned columns of Markdown."""
    cells = [header, *rows]
    widths = [max(len(str(r[i])) for r in cells) for i in range(len(header))]
    lines = ["| " + " | ".join(str(c).ljust(w) for c, w in zip(r, widths)) + " |" for r in cells]
    return "\n".join([lines[0], "|" + "|".join("-" * (w + 2) for w in widths) + "|", *lines[1:]]) + "\n"


def target_table(rows):
    lines = []
    for j in judged(rows):
        beside = f" ({j.note})" if j.note and j.verdict else ""
        where = f"{j.row['workload']}, {j.row['case']}"
        lines.append((where, j.target.text, figure_text(j) + beside, f"{100 * j.spread:.0f} %", ratio_text(j), verdict_text(j)))
    return table(("case", "target", "figure", "spread", "of target", "verdict"), lines)


def ceiling_table(ceilings):
    return table(("ceiling", "level", "threads", "figure", "spread"),
                 [(c["what"], c["level"], c["threads"], f"{c['figure']:.1f} {c['unit']}", f"{100 * c['iqr']:.0f} %") for c in ceilings])


def rate_text(row, ns):
    if row.get("flops", 0) > 100 * row.get("bytes", 0) or row.get("flops") and not row.get("bytes"):
        return f"{row['flops'] / ns:.1f} GFLOP/s"
    return f"{row['bytes'] / ns:.1f} GB/s" if row.get("bytes") else ""


def case_tables(rows):
    """Everyone's time, case by case: the fastest first, the absent last."""
    parts, workload = [], None
    for row in rows:
        if row["workload"] != workload:
            workload = row["workload"]
            parts.append(f"\n### {workload}\n")
        unit = f"; errors in ULP of {row['ulp_of']}" if row.get("ulp_of") else ""
        lines = []
        ours = row["contenders"].get("tsc", {}).get("ns")
        for name, c in sorted(row["contenders"].items(), key=lambda item: item[1]["ns"]):
            ulp = "" if c["ulp"] is None else f"{c['ulp']:.3g}"
            largest = f"{c['ulp_of_largest']:.3g}" if "ulp_of_largest" in c else ""
            lines.append((name, time_text(c["ns"]), f"{100 * c['iqr']:.0f} %", f"{c['ns'] / ours:.2f}" if ours else "", ulp, largest, rate_text(row, c["ns"])))
        lines += [(name, f"absent: {why}", "", "", "", "", "") for name, why in row["absent"].items()]
        lines += [(name, f"{value:.4g}", "", "", "", "", "") for name, value in row.get("values", {}).items()]
        parts.append(f"\n**{row['case']}**{unit}\n\n" + table(("contender", "time", "spread", "times tsc", "ULP", "ULP of largest", "rate"), lines))
    return "".join(parts)


def markdown(results, plots):
    machine = results["machine"]
    facts = f"{machine['cpu']}, {machine['threads']} threads; " + ", ".join(f"{k} {v}" for k, v in machine["versions"].items())
    pictures = "\n".join(f"![{title}]({file})" for title, file in plots)
    return (f"# Benchmarks: results\n\nWritten by `scripts/bench{' --short' if results['short'] else ''}`; "
            f"[benchmarks.md](../benchmarks.md) says what stands where.\n\n{facts}.\n\n## Targets\n\n{target_table(results['rows'])}\n"
            f"## Ceilings of this machine, in the same run\n\n{ceiling_table(results['ceilings'])}\n{pictures}\n\n## All cases\n"
            f"{case_tables(results['rows'])}")


def to_json(results):
    """Samples rounded to what they say; the same results give the same text."""
    def rounded(value):
        if isinstance(value, float):
            return float(f"{value:.6g}") if value == value and abs(value) != float("inf") else str(value)
        if isinstance(value, dict):
            return {k: rounded(v) for k, v in value.items()}
        return [rounded(v) for v in value] if isinstance(value, (list, tuple)) else value
    return json.dumps(rounded(results), indent=1, ensure_ascii=False) + "\n"
