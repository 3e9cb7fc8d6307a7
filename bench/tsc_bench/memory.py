"""Allocations of a call after the first, counted in a process whose malloc counts (native/malloc_count.cpp); and how large the
arena is beside what lives in it at once. Run as a program this file is that process: a graph on standard input, shapes as
arguments."""

import ctypes
import json
import os
import subprocess
import sys

import numpy as np

from . import native
from .formula import DTYPES

CALLS = 20


def count(graph, inputs, outputs):
    """{"allocations": ..., "workspace": ..., "live": ...} of a graph; inputs and outputs: [(dtype, shape), ...]."""
    counter = ctypes.CDLL(None).malloc_count
    counter.restype = ctypes.c_int64
    program = native.Program(graph)

    def made(types):
        arrays = [native.aligned(tuple(s), DTYPES[d]) for d, s in types]
        for a in arrays:
            a[...] = 1
        return arrays
    arrays = made(inputs)
    program.bind(arrays, made(outputs))
    run = program.timer()
    run(2)
    before = counter()
    run(CALLS)
    counted = counter() - before
    few = counter()
    run(1)
    once = counter() - few  # what ctypes and this loop allocate for any number of calls
    workspace, live = program.memory(arrays)
    return {"allocations": max(0, counted - once) / (CALLS - 1), "workspace": workspace, "live": live}


def child(graph, inputs, outputs):
    environment = {**os.environ, "LD_PRELOAD": str(native.FOLDER / "libbench_malloc_count.so")}
    run = subprocess.run([sys.executable, "-m", "tsc_bench.memory", json.dumps([inputs, outputs])], input=graph, capture_output=True,
                         text=True, timeout=300, env=environment)
    if run.returncode:
        raise RuntimeError((run.stderr.strip().splitlines() or ["no message"])[-1][:160])
    return json.loads(run.stdout.splitlines()[-1])


def row(name, graph, inputs, outputs):
    found = child(graph, inputs, outputs)
    values = {"allocations": found["allocations"], "workspace bytes": found["workspace"], "live bytes": found["live"]}
    if found["live"]:
        values["arena"] = found["workspace"] / found["live"]
    return {"workload": "memory", "case": name, "level": "", "threads": 0, "absent": {}, "contenders": {}, "values": values}


if __name__ == "__main__":
    print(json.dumps(count(sys.stdin.read(), *json.loads(sys.argv[1]))))
