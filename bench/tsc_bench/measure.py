"""One case: everyone who takes part is built, checked against the reference, and timed in turns."""

import time
import warnings

import numpy as np

from . import native, stats
from .peers import PEERS, Absent
from .timing import take_turns


class Contender:
    def __init__(self, time, results=None):
        self.time, self.results = time, results


def tsc_contenders(case, arrays, output_shapes):
    program = native.Program(case.formula.graph())
    outputs = [native.aligned(s, t) for s, t in output_shapes]
    program.bind(arrays, outputs)
    made = {"tsc": Contender(program.timer(), lambda: (program.timer()(1), outputs)[1])}
    if case.one_thread:
        made["tsc, 1 thread"] = Contender(program.timer(one_thread=True))
    if case.from_python:
        from .timing import python_timer
        made["tsc from Python"] = Contender(python_timer(program.call()))
    return made


def yardstick_contenders(case, arrays, output_shapes, threads):
    made = {}
    for name, y in case.yardsticks.items():
        count = threads if y.threads == "all" else 1
        if y.bytes and y.row == "read":
            data, outputs = arrays, None
        elif y.bytes:  # a copy between arrays of its own
            data = [native.aligned((y.bytes // 4,), np.float32) for _ in range(2)]
            for a in data:
                a[:] = 1
            outputs = None
        else:
            outputs = [native.aligned(s, t) for s, t in output_shapes]
            data = [*arrays[:y.inputs], *outputs]
        run = native.yardstick(y.row, data, y.sizes, count)
        made[name] = Contender(run, (lambda run=run, outputs=outputs: (run(1), outputs)[1]) if y.checked else None)
    return made


def errors(results, reference, scale):
    """The largest error of all results: in ULP of the exact item (or of `scale`, where the case names one), and in ULP of
    the result's largest item, which says more where items cancel to almost nothing."""
    worst, of_largest = 0.0, 0.0
    for got, exact in zip(results, reference, strict=True):
        got, exact = np.asarray(got), np.asarray(exact)
        if got.ndim == 1:
            got = got[:len(exact)]  # Case.checked_items
        if got.shape != exact.shape:
            raise AssertionError(f"a result of shape {got.shape} instead of {exact.shape}")
        largest = np.abs(exact).max() if exact.size else 1
        worst = max(worst, stats.max_ulp(got, exact) if scale is None else stats.ulps_of(got, exact, scale))
        of_largest = max(of_largest, stats.ulps_of(got, exact, largest))
    return {"ulp": worst, "ulp_of_largest": of_largest}


def peers_of(case, short):
    left_out = set(case.slow_peers) if short and case.quick else set()
    for name in case.peers:
        if name in left_out:
            yield name, None, "left out of --short"
        else:
            yield name, PEERS[name], ""


def measure(case, threads, short, repetitions, seconds, budget, use_peers=True, log=lambda text: None):
    """The case's row of results, ready for JSON."""
    arrays = case.arrays()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        reference, scale = case.reference(arrays)
        types = case.output_types(arrays)
    contenders, absent = {}, {}
    contenders |= tsc_contenders(case, arrays, types)
    try:
        contenders |= yardstick_contenders(case, arrays, types, threads)
    except native.Missing as e:
        absent |= dict.fromkeys(case.yardsticks, str(e))
    for name, build, why in peers_of(case, short) if use_peers else ():
        if why:
            absent[name] = why
            continue
        start = time.monotonic()
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                made = build(case, arrays, threads)
                made.time(1)
            contenders[name] = made
        except Absent as e:
            absent[name] = str(e)
        except Exception as e:  # whatever a peer does, the others are measured
            absent[name] = f"it failed: {type(e).__name__}: {str(e).strip().splitlines()[0][:100] if str(e).strip() else ''}"
        log(f"    {name}: {absent.get(name) or f'ready in {time.monotonic() - start:.1f} s'}")
    ulp = {}
    for name, contender in list(contenders.items()):
        if contender.results:
            ulp[name] = errors(contender.results(), reference, scale)
    series = take_turns({n: c.time for n, c in contenders.items()}, repetitions, seconds, budget)
    return {"workload": case.workload, "case": case.name, "level": case.level, "threads": threads, "bytes": case.bytes,
            "flops": case.flops, "ulp_of": case.ulp_of, "absent": absent,
            "contenders": {n: {"ns": stats.median(s.ns), "iqr": stats.spread(s.ns), **ulp.get(n, {"ulp": None}), "samples": s.ns}
                           for n, s in series.items()}}
