"""What tsc must reach: a row each. A figure is a ratio of times taken in turns (paired in each repetition), a time, an error,
or a number that the workload gives.

`cases` is a pattern of the row's case; where several fit, each has its verdict.
"""

import fnmatch
from dataclasses import dataclass, field

from . import stats

COPIES = ("copy", "memcpy", "copy-stream")
HANDS = ("by hand", "by hand, stream")


@dataclass
class Target:
    workload: str
    cases: str
    text: str
    kind: str  # "speed": yardstick's time / time of `of`; "ns"; "ulp"; "value"
    of: str = "tsc"
    to: tuple = ()  # the best of these
    at_least: float = None
    at_most: float = None
    unit: str = ""


TARGETS = [
    Target("W1*", "n=1", "a call takes at most 200 ns", "ns", at_most=200, unit="ns"),
    Target("W1*", "n=1", "a call takes at most 1/20 of jax.jit's", "speed", to=("jax",), at_least=20, unit="x"),
    Target("W1*", "n=1", "from Python, too, at most 1/20 of jax.jit's", "speed", of="tsc from Python", to=("jax",), at_least=20, unit="x"),
    Target("W2*", "DRAM", "90 % of the best copy's bandwidth", "speed", to=COPIES, at_least=0.90),
    Target("W2*", "L[12]", "80 % of a kernel by hand, one thread", "speed", of="tsc, 1 thread", to=HANDS, at_least=0.80),
    Target("W3 Black*", "f32 *", "1.5 times JAX", "speed", to=("jax",), at_least=1.5, unit="x"),
    Target("W3 Black*", "f64 *", "1.5 times JAX", "speed", to=("jax",), at_least=1.5, unit="x"),
    Target("W3 functions", "*", "each function within 2 ULP", "ulp", at_most=2, unit="ULP"),
    Target("W3 equation*", "*", "1.5 times JAX", "speed", to=("jax",), at_least=1.5, unit="x"),
    Target("W4*", "*", "80 % of the best copy's bandwidth", "speed", to=COPIES, at_least=0.80),
    Target("W5*", "* inner", "85 % of read bandwidth", "speed", to=("read",), at_least=0.85),
    Target("W5*", "* full", "85 % of read bandwidth", "speed", to=("read",), at_least=0.85),
    Target("W5*", "* outer", "75 % of read bandwidth", "speed", to=("read",), at_least=0.75),
    Target("W6*", "*", "as fast as the best peer", "speed", to=("jax", "torch", "numba", "numba-fast", "pytensor"), at_least=1.0, unit="x"),
    Target("W7*", "*", "60 % of the best copy's bandwidth", "speed", to=COPIES, at_least=0.60),
    Target("W10*", "*", "within 5 % of the BLAS that it calls", "speed", to=("BLAS",), at_least=0.95),
    Target("W12*", "*", "as fast as JAX", "speed", to=("jax",), at_least=1.0, unit="x"),
    Target("W16*", "10 ops", "cold, at most 30 ms", "ns", of="tsc cold", at_most=30e6, unit="ns"),
    Target("W16*", "10 ops", "cold, at most half of jax.jit", "speed", of="tsc cold", to=("jax cold",), at_least=2, unit="x"),
    Target("W16*", "10 ops", "from the disk, at most 3 ms", "ns", of="tsc disk", at_most=3e6, unit="ns"),
    Target("W16*", "1000 ops", "cold, at most 1.5 s", "ns", of="tsc cold", at_most=1.5e9, unit="ns"),
    Target("W16*", "ladder", "from 10 to 1,000 ops at most 1.2 times linear", "value", of="over linear", at_most=1.2, unit="x"),
    Target("memory", "*", "no allocation in a call but the first", "value", of="allocations", at_most=0),
    Target("memory", "*", "arena at most 1.2 times what lives at once", "value", of="arena", at_most=1.2, unit="x"),
    Target("*", "*", "threads never slower than one thread", "speed", of="tsc", to=("tsc, 1 thread",), at_least=0.95, unit="x"),
]
# Of these only the worst case is shown, and those that miss: they hold for every case.
SUMMED_UP = {"threads never slower than one thread", "no allocation in a call but the first",
             "arena at most 1.2 times what lives at once"}


@dataclass
class Judged:
    target: Target
    row: dict
    figure: float
    verdict: stats.Verdict = None
    note: str = ""
    spread: float = 0.0
    others: int = 0  # cases like this one that met it, for those summed up


def figure_of(target, row):
    """The figure and its spread, or None and why there is none."""
    contenders = row.get("contenders", {})
    if target.kind == "value":
        value = row.get("values", {}).get(target.of)
        return (value, 0.0, "") if value is not None else None
    ours = contenders.get(target.of)
    if ours is None:
        return None
    if target.kind == "ns":
        return ours["ns"], ours["iqr"], ""
    if target.kind == "ulp":
        return (ours["ulp"], 0.0, "") if ours["ulp"] is not None else None
    there = [name for name in target.to if name in contenders]
    if not there:
        why = "; ".join(f"{n}: {row['absent'][n]}" for n in target.to if n in row.get("absent", {}))
        return (None, 0.0, why) if why else None
    best = stats.best_of([contenders[n]["samples"] for n in there])
    ratio = stats.paired_ratio(best, ours["samples"])
    fastest = min(there, key=lambda n: contenders[n]["ns"])
    return ratio, ours["iqr"], fastest if len(target.to) > 1 else ""


def judged(rows, targets=TARGETS):
    found = []
    for target in targets:
        fitting = []
        for row in rows:
            if not (fnmatch.fnmatch(row["workload"], target.workload) and fnmatch.fnmatch(row["case"], target.cases)):
                continue
            figure = figure_of(target, row)
            if figure is None:
                continue
            value, spread, note = figure
            verdict = stats.verdict(value, target.at_least, target.at_most) if value is not None else None
            fitting.append(Judged(target, row, value, verdict, note, spread))
        if target.text in SUMMED_UP and fitting:
            missed = [j for j in fitting if j.verdict and not j.verdict.met]
            worst = min(fitting, key=lambda j: j.verdict.by)
            worst.others = len(fitting) - len(missed) - (0 if worst in missed else 1)
            fitting = missed or [worst]
            fitting[0].others = worst.others
        found += fitting
    return found
