"""A case: one formula at one size, who takes part, and what it is held against."""

from dataclasses import dataclass, field

import numpy as np

from .formula import DTYPES, Formula

ALL_PEERS = ("jax", "torch", "numba", "numba-fast", "numexpr", "pytensor", "onnxruntime")


@dataclass
class Yardstick:
    """A row of native/yardsticks.cpp: on the case's inputs and outputs, or (bytes) on arrays of its own."""
    row: str
    sizes: tuple = ()
    threads: str = "all"  # or "one"
    bytes: int = 0        # of the array it reads, or of each of the two it copies between
    checked: bool = False  # computes what the formula says
    inputs: int = None     # takes the first so many inputs; all, where it is not said


@dataclass
class Case:
    workload: str  # "W2 chain"
    name: str      # unique within the workload, and what a target names: "f32 16777216"
    formula: Formula
    level: str = ""  # where its data lie: L1, L2, L3, DRAM
    yardsticks: dict = field(default_factory=dict)
    peers: tuple = ALL_PEERS
    slow_peers: tuple = ("torch",)  # left out of --short where `quick` says so
    quick: bool = True              # --short leaves slow peers out
    one_thread: bool = True         # tsc on one thread takes part as well
    from_python: bool = False       # tsc called from Python takes part as well
    numba: str = ""                 # loops by hand where the formula is not elementwise
    ulp_of: str = ""                # a name in the formula: errors count in its ULP, where the result cancels
    bytes: int = 0                  # that a call must move
    flops: int = 0
    memory_ratio: float = 1.0

    @property
    def dtype(self):
        return DTYPES[self.formula.inputs[0].dtype]

    def arrays(self, seed=1):
        """Inputs, at random, aligned as tsc's own arrays are."""
        from .native import aligned
        random = np.random.default_rng(seed)
        made = []
        for i in self.formula.inputs:
            array = aligned(i.shape, DTYPES[i.dtype])
            block = max(1, min(array.size, 1 << 20))
            values = random.uniform(i.low, i.high, block).astype(array.dtype)
            array.reshape(-1)[:] = np.resize(values, array.size)
            made.append(array)
        return made

    def checked_items(self):
        """How many items of each result are checked: of elementwise formulas the first ones (they all are alike), else all."""
        shapes = {i.shape for i in self.formula.inputs}
        elementwise = len(shapes) == 1 and len(next(iter(shapes))) == 1
        return (1 << 16 if self.dtype == "float64" else 1 << 18) if elementwise else None

    def output_types(self, arrays):
        """Shape and dtype of each result."""
        from . import namespaces
        if self.checked_items():
            return [(arrays[0].shape, self.dtype)] * len(self.formula.outputs)
        thin = [np.broadcast_to(a.reshape(-1)[0], a.shape) for a in arrays]
        results = self.formula.function(namespaces.numpy_functions())(*thin)
        return [(np.shape(r), "int64" if np.asarray(r).dtype.kind == "i" else self.dtype) for r in results]

    def reference(self, arrays):
        """The exact results: f64 for f32, long double for f64; and the magnitude that errors are measured in, or None."""
        from . import namespaces
        arrays = [a[:self.checked_items()] if a.shape else a for a in arrays]
        wide = [a.astype(np.float64 if a.dtype == np.float32 else np.longdouble) if a.dtype.kind == "f" else a for a in arrays]
        names = [*self.formula.outputs, *([self.ulp_of] if self.ulp_of else [])]
        formula = Formula(self.formula.inputs, self.formula.text, names)
        results = list(formula.function(namespaces.numpy_functions())(*wide))
        scale = results.pop() if self.ulp_of else None
        return results, scale
