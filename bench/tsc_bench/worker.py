"""One workload in a process of its own, on so many CPUs: prints its rows as JSON, one a line, behind "ROW "."""

import argparse
import json
import os
import sys
import time
from pathlib import Path

REPETITIONS = {True: 7, False: 15}  # short or not
SECONDS = {True: 0.004, False: 0.02}
BUDGET = {True: 6.0, False: 60.0}  # of one case's timing

TSC = Path(__file__).resolve().parent.parent.parent / "build" / "bench" / "native" / "tsc"


def log(text):
    print(text, file=sys.stderr, flush=True)


def settle(threads):
    """Every library finds the same CPUs, and memory that was freed is used again instead of given back."""
    cpus = sorted(os.sched_getaffinity(0))[:threads]
    os.sched_setaffinity(0, cpus)


def common(workload, options):
    from .measure import measure
    from .workloads import WORKLOADS, Scale
    for case in WORKLOADS[workload](Scale(options.short, options.tiny)):
        if options.case and options.case not in f"{case.workload} {case.name}":
            continue
        start = time.monotonic()
        log(f"  {case.workload}, {case.name}")
        if case.dtype == "float64" and options.peers:
            x64()
        row = measure(case, options.threads, options.short, options.repetitions, SECONDS[options.short], BUDGET[options.short],
                      options.peers, log)
        row["seconds"] = time.monotonic() - start
        yield row


def x64():
    try:
        import jax
        jax.config.update("jax_enable_x64", True)
    except ImportError:
        pass


def training(_, options):
    from . import stats
    from .timing import take_turns
    from .training import Step, contenders, error
    step = Step((64, 32, 32, 10), 16) if options.tiny else Step()
    made, absent, _ = contenders(step, TSC, options.threads, options.peers)
    reference = step.reference()
    ulp = {n: error(c.results(), reference) for n, c in made.items() if c.results}
    series = take_turns({n: c.time for n, c in made.items()}, options.repetitions, SECONDS[options.short] * 4, BUDGET[options.short])
    yield {"workload": "W12 training", "case": "784-512-512-10 Adam", "level": "", "threads": options.threads, "absent": absent,
           "flops": step.flops(), "ulp_of": "the largest item",
           "contenders": {n: {"ns": stats.median(s.ns), "iqr": stats.spread(s.ns), "ulp": ulp.get(n), "samples": s.ns}
                          for n, s in series.items()}}


def compiling(_, options):
    from .ladder import measure
    yield from measure(options.short, 3 if options.short else 7, options.peers, log)


def memory(_, options):
    """The graphs of all workloads, at sizes where threads and BLAS already take part; and the training step."""
    from .formula import DTYPES
    from .memory import row
    from .training import NAMES, Step
    from .workloads import WORKLOADS, Scale
    import numpy as np
    seen = set()
    for make in WORKLOADS.values():
        for case in make(Scale(short=True)):
            if case.formula.text in seen or case.bytes > 1 << 28:
                continue
            seen.add(case.formula.text)
            short_names = {v: k for k, v in DTYPES.items()}
            with np.errstate(all="ignore"):
                outputs = [(short_names[d], s) for s, d in case.output_types(case.arrays())]
            yield row(f"{case.workload}, {case.name}", case.formula.graph(), [(i.dtype, i.shape) for i in case.formula.inputs], outputs)
    step = Step()
    shapes = [step.shapes[n] for _ in range(3) for n in NAMES]
    inputs = [("f32", step.x.shape), ("i64", step.labels.shape), ("f32", ()), ("f32", ()), *(("f32", s) for s in shapes)]
    yield row("W12 training", step.graph(TSC), inputs, [("f32", ()), *(("f32", s) for s in shapes)])


OTHERS = {"W12": training, "W16": compiling, "memory": memory}


def names():
    from .workloads import WORKLOADS
    return sorted([*WORKLOADS, "W12", "W16"], key=lambda n: int(n[1:])) + ["memory"]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("workload")
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--short", action="store_true")
    parser.add_argument("--tiny", action="store_true")
    parser.add_argument("--no-peers", dest="peers", action="store_false")
    parser.add_argument("--case", default="")
    parser.add_argument("--repetitions", type=int)
    options = parser.parse_args()
    options.repetitions = options.repetitions or REPETITIONS[options.short]
    settle(options.threads)
    for row in OTHERS.get(options.workload, common)(options.workload, options):
        print("ROW " + json.dumps(row), flush=True)


if __name__ == "__main__":
    main()
