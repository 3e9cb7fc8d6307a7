"""W16: how long compiling takes, from 1 op to 1,000. Every time is taken in a process of its own, which has compiled something
small before ("first use in a warm process"); run as a program this file is that process.

    cold   compiled without the cache      second   the same graph again      disk   a new process finds it in the cache
"""

import json
import os
import subprocess
import sys
import tempfile
import time

STEPS = ("t{} * y", "t{} + x", "maximum(t{}, y)", "t{} - y")
LENGTHS = (1, 3, 10, 30, 100, 300, 1000)


def statements(length):
    return [f"t{i} = " + STEPS[i % len(STEPS)].format(i - 1) for i in range(1, length + 1)]


def graph(length, name="n"):
    return "\n".join(["tsc 1", f"input x: f32[{name}]", f"input y: f32[{name}]", "t0 = x", *statements(length), f"output t{length}"]) + "\n"


def tsc_times(length, mode):
    from .native import Program
    if mode == "disk":  # loads the libraries' pages, compiles nothing
        Program(graph(2), cache=True)
        report = Program(graph(length), cache=True).report()
        return {"disk": report["all"] * 1e6, "cached": report["cached"]}
    Program(graph(2))
    first, second = (Program(graph(length)).report() for _ in range(2))
    return {"cold": first["all"] * 1e6, "second": second["all"] * 1e6, **{k: first[k] * 1e6 for k in ("optimise", "lower", "emit", "toolchain", "load")}}


def jax_times(length, mode):
    import jax
    import numpy as np
    from . import namespaces
    if mode == "disk":
        jax.config.update("jax_persistent_cache_min_compile_time_secs", 0)
        jax.config.update("jax_persistent_cache_min_entry_size_bytes", -1)
        jax.config.update("jax_compilation_cache_dir", os.environ["BENCH_CACHE"])
    x, y = (jax.device_put(np.ones(1024, np.float32) * v) for v in (0.5, 0.75))

    def first_call(n):
        scope = dict(namespaces.jax_functions())
        exec("def f(x, y):\n  t0 = x\n  " + "\n  ".join(statements(n)) + f"\n  return t{n}\n", scope)
        start = time.perf_counter_ns()
        jax.block_until_ready(jax.jit(scope["f"])(x, y))
        return time.perf_counter_ns() - start
    first_call(2)
    if mode == "disk":
        return {"disk": first_call(length)}
    return {"cold": first_call(length), "second": first_call(length)}


def numba_times(length, mode):
    import numba
    import numpy as np
    from . import namespaces
    x, y, out = (np.full(1024, v, np.float32) for v in (0.5, 0.75, 0))

    def first_call(n):
        scope = dict(namespaces.SCALAR_FUNCTIONS)
        exec("def f(x_, y_, out_):\n  for i in range(x_.size):\n    x = x_[i]\n    y = y_[i]\n    t0 = x\n    "
             + "\n    ".join(statements(n)) + f"\n    out_[i] = t{n}\n", scope)
        start = time.perf_counter_ns()
        numba.njit(scope["f"])(x, y, out)
        return time.perf_counter_ns() - start
    first_call(2)
    return {"cold": first_call(length), "second": first_call(length)}


def torch_times(length, mode):
    import torch
    from . import namespaces
    x, y = torch.full((1024,), 0.5), torch.full((1024,), 0.75)

    def first_call(n):
        scope = dict(namespaces.torch_functions())
        exec("def f(x, y):\n  t0 = x\n  " + "\n  ".join(statements(n)) + f"\n  return t{n}\n", scope)
        start = time.perf_counter_ns()
        torch.compile(scope["f"], dynamic=False)(x, y)
        return time.perf_counter_ns() - start
    first_call(2)
    return {"cold": first_call(length)}


TIMES = {"tsc": tsc_times, "jax": jax_times, "numba": numba_times, "torch": torch_times}
# Longer chains take peers minutes, or are not what they are for.
LONGEST = {"tsc": 1000, "jax": 1000, "numba": 100, "torch": 10}


def child(who, length, mode, environment=None):
    """The times of one process, or why there are none."""
    run = subprocess.run([sys.executable, "-m", "tsc_bench.ladder", who, str(length), mode], capture_output=True, text=True,
                         timeout=300, env={**os.environ, **(environment or {})})
    if run.returncode:
        raise RuntimeError((run.stderr.strip().splitlines() or ["no message"])[-1][:160])
    return json.loads(run.stdout.splitlines()[-1])


def measure(short, repetitions, peers, log):
    """A row for each length, and one for the whole ladder."""
    from . import stats
    rows, cold = [], {}
    lengths = (1, 10, 100, 1000) if short else LENGTHS
    for length in lengths:
        samples, absent = {}, {}
        with tempfile.TemporaryDirectory() as cache:
            environment = {"TSC_CACHE_DIR": cache, "BENCH_CACHE": cache + "/jax"}
            jobs = [("tsc", "cold"), ("tsc", "disk")]
            for peer in ("jax", "numba", "torch") if peers else ():
                if short and (peer == "torch" or peer == "numba" and length != 10):
                    absent[f"{peer} cold"] = "left out of --short"
                elif length > LONGEST[peer]:
                    absent[f"{peer} cold"] = f"not tried beyond {LONGEST[peer]} ops"
                else:
                    jobs.append((peer, "cold"))
            for repetition in range(repetitions):
                for who, mode in jobs:
                    if repetition and (who == "torch" or short and who != "tsc" and repetition > 2):
                        continue
                    try:
                        if mode == "disk" and repetition == 0:
                            child(who, length, mode, environment)  # fills the cache
                        for key, ns in child(who, length, mode, environment).items():
                            if key != "cached":
                                samples.setdefault(f"{who} {key}", []).append(ns)
                    except Exception as e:
                        absent[f"{who} {mode}"] = f"it failed: {e}"
        log(f"  {length} ops: " + ", ".join(f"{n} {stats.median(s) / 1e6:.1f} ms" for n, s in samples.items() if n.split()[1] in ("cold", "disk")))
        cold[length] = stats.median(samples["tsc cold"])
        rows.append({"workload": "W16 compile", "case": f"{length} ops", "level": "", "threads": 1, "absent": absent,
                     "contenders": {n: {"ns": stats.median(s), "iqr": stats.spread(s), "ulp": None, "samples": even(s)}
                                    for n, s in samples.items()}})
    over = (cold[1000] / cold[10]) / 100
    rows.append({"workload": "W16 compile", "case": "ladder", "level": "", "threads": 1, "absent": {}, "contenders": {},
                 "values": {"over linear": over}})
    return rows


def even(samples, count=3):
    """As many samples for everyone, spread over those there are: processes are not paired."""
    import numpy as np
    return [float(v) for v in np.percentile(samples, np.linspace(25, 75, count))]


if __name__ == "__main__":
    print(json.dumps(TIMES[sys.argv[1]](int(sys.argv[2]), sys.argv[3])))
