"""tsc and the hand-written yardsticks, through ctypes."""

import contextlib
import ctypes
import os
from pathlib import Path

import numpy as np

ROOM = 4096
FOLDER = Path(__file__).resolve().parent.parent.parent / "build" / "bench" / "native"


class Missing(Exception):
    """A library that was not built."""


def library(name):
    file = FOLDER / f"libbench_{name}.so"
    if not file.exists():
        raise Missing(f"{file.name} is not built: scripts/bench builds it")
    return ctypes.CDLL(str(file))


def aligned(shape, dtype, align=64):
    """An array whose elements start at a multiple of 64 bytes, as tsc's own do."""
    count = int(np.prod(shape, dtype=np.int64))
    memory = np.empty(count * np.dtype(dtype).itemsize + align, np.uint8)
    offset = -memory.ctypes.data % align
    return memory[offset:offset + count * np.dtype(dtype).itemsize].view(dtype).reshape(shape)


def pointers(arrays):
    return (ctypes.c_void_p * max(1, len(arrays)))(*[a.ctypes.data for a in arrays])


def numbers(values):
    return (ctypes.c_int64 * max(1, len(values)))(*[int(v) for v in values])


@contextlib.contextmanager
def one_thread_of_blas(wanted=True):
    """The BLAS that tsc's products call has threads of its own; where none was loaded, none has to be told."""
    try:
        blas = ctypes.CDLL("libopenblas.so.0", mode=os.RTLD_NOLOAD) if wanted else None
    except OSError:
        blas = None
    if not blas:
        yield
        return
    before = blas.openblas_get_num_threads()
    blas.openblas_set_num_threads(1)
    try:
        yield
    finally:
        blas.openblas_set_num_threads(before)


class Driver:
    """libbench_driver.so, loaded once."""
    loaded = None

    def __new__(cls):
        if cls.loaded is None:
            lib = library("driver")
            lib.bench_compile.restype = ctypes.c_void_p
            lib.bench_describe.restype = ctypes.c_char_p
            lib.bench_time.restype = ctypes.c_double
            for name in ("describe", "free", "report", "bind", "time", "call", "memory"):
                getattr(lib, f"bench_{name}").argtypes = None
            cls.loaded = lib
        return cls.loaded


class Program:
    """A compiled graph; `bind` gives it memory."""

    def __init__(self, graph, cache=False):
        self.lib = Driver()
        self.error = ctypes.create_string_buffer(ROOM)
        handle = self.lib.bench_compile(graph.encode(), int(cache), self.error, ctypes.c_int64(ROOM))
        if not handle:
            raise RuntimeError(self.error.value.decode())
        self.handle = ctypes.c_void_p(handle)
        ports = [line.split() for line in self.lib.bench_describe(self.handle).decode().splitlines()]
        self.inputs = [p[1] for p in ports if p[0] == "in"]
        self.outputs = [p[1] for p in ports if p[0] == "out"]
        self.kept = []  # what the program points to

    def free(self):
        self.lib.bench_free(self.handle)

    def report(self):
        values = (ctypes.c_double * 8)()
        self.lib.bench_report(self.handle, values)
        return dict(zip(("all", "key", "optimise", "lower", "emit", "toolchain", "load", "cached"), values))

    def check(self, good):
        if not good:
            raise RuntimeError(self.error.value.decode())

    def bind(self, inputs, outputs):
        dims = numbers([d for a in (*inputs, *outputs) for d in a.shape])
        self.kept.append((inputs, outputs))
        self.check(self.lib.bench_bind(self.handle, pointers(inputs), pointers(outputs), dims, self.error,
                                       ctypes.c_int64(ROOM)))

    def timer(self, one_thread=False):
        def run(calls):
            with one_thread_of_blas(one_thread):
                ns = self.lib.bench_time(self.handle, ctypes.c_int64(calls), int(one_thread), self.error,
                                         ctypes.c_int64(ROOM))
            self.check(ns >= 0)
            return ns
        return run

    def call(self):
        """A callable for Python's own loop."""
        function, handle = self.lib.bench_call, self.handle
        return lambda: function(handle)

    def memory(self, inputs):
        """Bytes of the workspace, and the most that live in it at once."""
        workspace, live = ctypes.c_int64(), ctypes.c_int64()
        self.check(self.lib.bench_memory(self.handle, numbers([d for a in inputs for d in a.shape]),
                                         ctypes.byref(workspace), ctypes.byref(live), self.error,
                                         ctypes.c_int64(ROOM)))
        return workspace.value, live.value


def yardstick(name, arrays, sizes, threads):
    """time(calls) of a yardstick on these arrays."""
    lib = library("yardsticks")
    lib.yardstick_time.restype = ctypes.c_double
    data, dims, encoded = pointers(arrays), numbers(sizes), name.encode()

    def run(calls, kept=arrays):
        ns = lib.yardstick_time(encoded, data, dims, int(threads), ctypes.c_int64(calls))
        if ns < 0:
            raise RuntimeError(f"there is no yardstick '{name}'")
        return ns
    return run
