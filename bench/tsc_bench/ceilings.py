"""What this machine can do, measured in the run itself: copying, reading, multiply-adds, on one thread and on all."""

import numpy as np

from . import native, stats
from .timing import take_turns

LEVELS = (("L1", 16 << 10), ("L2", 512 << 10), ("L3", 8 << 20), ("DRAM", 256 << 20))  # bytes touched by one thread


def measure(threads, repetitions, seconds):
    """Rows of {"what", "level", "threads", "figure", "unit", "iqr"}."""
    rows = []
    for count in sorted({1, threads}):
        runs, amounts = {}, {}
        for level, size in LEVELS:
            size *= count if level != "DRAM" else 1
            arrays = [native.aligned((size // 8,), np.float32) for _ in range(2)]
            for a in arrays:
                a[:] = 1
            for what, row in (("copy", "copy-loop"), ("copy, streaming", "copy-stream"), ("read", "read")):
                if row == "copy-stream" and level != "DRAM":
                    continue  # made for memory beyond the caches
                runs[what, level] = native.yardstick(row, arrays, [size // 8], count)
                amounts[what, level] = (size if row != "read" else size // 2, "GB/s")
        steps = 100_000
        runs["multiply-add f32", ""] = native.yardstick("fma", [], [steps], count)
        amounts["multiply-add f32", ""] = (steps * 12 * 16 * 2 * count, "GFLOP/s")
        for key, series in take_turns(runs, repetitions, seconds).items():
            amount, unit = amounts[key]
            rows.append({"what": key[0], "level": key[1], "threads": count, "figure": amount / stats.median(series.ns), "unit": unit,
                         "iqr": stats.spread(series.ns)})
    return rows
