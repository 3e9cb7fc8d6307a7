"""Bar charts as SVG, by hand: no library whose next version draws otherwise."""

from html import escape

from .report import time_text

COLOURS = {"tsc": "#0b6e4f", "tsc, 1 thread": "#5aa987", "tsc from Python": "#8cc7ae"}
YARDSTICK, PEER = "#9a9a9a", "#c7793b"
ROW, LEFT, RIGHT, BAR = 18, 230, 130, 420
PEERS = {"jax", "jax-aot", "torch", "numba", "numba-fast", "numexpr", "pytensor", "onnxruntime"}


def bars(title, rows, unit=""):
    """One chart of several cases: a group of bars for each, as long as the speed beside tsc's (1 = as fast)."""
    parts, y = [], 34
    for row in rows:
        ours = row["contenders"]["tsc"]["ns"]
        speeds = {n: ours / c["ns"] for n, c in row["contenders"].items()}
        top = max(max(speeds.values()), 1.0)
        parts.append(f'<text x="8" y="{y + 12}" class="case">{escape(row["case"])}</text>')
        y += ROW
        for name, speed in sorted(speeds.items(), key=lambda item: -item[1]):
            colour = COLOURS.get(name, PEER if name in PEERS else YARDSTICK)
            width = BAR * speed / top
            parts.append(f'<text x="{LEFT - 8}" y="{y + 12}" class="name">{escape(name)}</text>'
                         f'<rect x="{LEFT}" y="{y + 2}" width="{width:.1f}" height="{ROW - 5}" fill="{colour}"/>'
                         f'<text x="{LEFT + width + 6:.1f}" y="{y + 12}">{speed:.2f} ({escape(time_text(row["contenders"][name]["ns"]))})</text>')
            y += ROW
        mark = LEFT + BAR / top
        parts.append(f'<line x1="{mark:.1f}" x2="{mark:.1f}" y1="{y - ROW * len(speeds)}" y2="{y}" stroke="#0b6e4f" stroke-dasharray="2 3"/>')
        y += ROW // 2
    width = LEFT + BAR + RIGHT
    return (f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{y + 8}" viewBox="0 0 {width} {y + 8}" role="img">\n'
            f"<title>{escape(title)}</title>\n"
            "<style>text{font:12px sans-serif;fill:#222}.name{text-anchor:end}.case{font-weight:bold}.title{font-size:15px}</style>\n"
            f'<rect width="100%" height="100%" fill="#fff"/>\n<text x="8" y="20" class="title">{escape(title)}: speed beside tsc (1 = as fast)</text>\n'
            + "\n".join(parts) + "\n</svg>\n")


def ladder(rows):
    """Compile times over the length of the chain, both in logarithms."""
    from math import log10
    lines = {}
    for row in rows:
        length = int(row["case"].split()[0])
        for name, c in row["contenders"].items():
            if name.split()[1] in ("cold", "second", "disk"):
                lines.setdefault(name, []).append((length, c["ns"] / 1e6))
    everything = [p for points in lines.values() for p in points]
    low, high = log10(min(ms for _, ms in everything)), log10(max(ms for _, ms in everything))
    longest = log10(max(n for n, _ in everything)) or 1
    place = lambda n, ms: (60 + 420 * log10(n) / longest, 330 - 280 * (log10(ms) - low) / ((high - low) or 1))
    parts = []
    for i, (name, points) in enumerate(sorted(lines.items())):
        colour = ["#0b6e4f", "#5aa987", "#8cc7ae"][sum(n.startswith("tsc") for n in sorted(lines)[:i]) % 3] if name.startswith("tsc") else [PEER, "#8f4f1f", "#e0a878", "#6b6b6b"][i % 4]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in (place(*p) for p in points))
        x, y = place(*points[-1])
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/><text x="{x + 6:.1f}" y="{y + 4:.1f}">{escape(name)}, {points[-1][1]:.3g} ms</text>')
        parts += [f'<circle cx="{a:.1f}" cy="{b:.1f}" r="3" fill="{colour}"/>' for a, b in (place(*p) for p in points)]
    for length in sorted({n for n, _ in everything}):
        x, _ = place(length, 10 ** low)
        parts.append(f'<text x="{x:.1f}" y="352" text-anchor="middle">{length}</text>')
    return ('<svg xmlns="http://www.w3.org/2000/svg" width="660" height="380" viewBox="0 0 660 380" role="img">\n<title>Compile times</title>\n'
            "<style>text{font:12px sans-serif;fill:#222}.title{font-size:15px}</style>\n"
            '<rect width="100%" height="100%" fill="#fff"/>\n<text x="8" y="20" class="title">Milliseconds to compile a chain of so many ops, logarithmic</text>\n'
            + "\n".join(parts) + '\n<text x="270" y="372" text-anchor="middle">ops</text>\n</svg>\n')


def all_plots(results):
    """[(title, file name, text)]"""
    by_workload = {}
    for row in results["rows"]:
        if "tsc" in row["contenders"]:
            by_workload.setdefault(row["workload"].split()[0], []).append(row)
    plots = []
    for workload, rows in by_workload.items():
        title = rows[0]["workload"] if len({r["workload"] for r in rows}) == 1 else workload
        shown = [r if title == r["workload"] else r | {"case": r["workload"].split(" ", 1)[1] + ", " + r["case"]} for r in rows]
        plots.append((title, f"{workload.lower()}.svg", bars(title, shown)))
    chains = [r for r in results["rows"] if r["workload"] == "W16 compile" and r["case"] != "ladder"]
    if chains:
        plots.append(("W16 compile", "w16.svg", ladder(chains)))
    return plots
