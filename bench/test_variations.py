#!/usr/bin/env python3
"""No special case for a benchmark: each workload's own graph is held against forms that differ from it in sizes, dtypes, the
order of operations, names or wording. An item must take as many instructions in each of them, but for the lanes that a wider
dtype has less of, and the program must have as many kernels, matrix products and buffers.

Counted by callgrind (bench/counts.cpp), since times of a busy machine say too little. What does not hold stands in KNOWN, with
its reason. Ends with "N passed, N failed"; scripts/test bench runs it.

usage: test_variations.py [--native BUILD] [--show] [WORKLOAD]
"""

import argparse
import ast
import os
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field, replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

try:
    from tsc_bench.formula import Formula, Input
    from tsc_bench.workloads import WORKLOADS, Scale
except ImportError:
    print("skipped: the harness needs NumPy")
    sys.exit(77)

WITHIN = 1.25  # instructions an item, either way


# The changes. Each takes a formula and returns one.

def changed(formula, transform):
    """With each statement's syntax tree transformed."""
    lines = [ast.unparse(transform(ast.parse(line))) for line in formula.statements()]
    return replace(formula, text="\n".join(lines))


class Commute(ast.NodeTransformer):
    def visit_BinOp(self, node):
        self.generic_visit(node)
        if isinstance(node.op, (ast.Add, ast.Mult)):
            node.left, node.right = node.right, node.left
        return node

    def visit_Call(self, node):
        self.generic_visit(node)
        if node.func.id in ("maximum", "minimum"):
            node.args.reverse()
        return node


def commuted(formula):
    return changed(formula, Commute().visit)


class Rename(ast.NodeTransformer):
    def visit_Call(self, node):  # not the function's name, nor true and false
        node.args = [self.visit(a) for a in node.args]
        return node

    def visit_Name(self, node):
        return ast.Name(id=f"my_{node.id}", ctx=node.ctx)


def renamed(formula):
    inputs = [replace(i, name=f"my_{i.name}") for i in formula.inputs]
    return replace(changed(formula, Rename().visit), inputs=inputs, outputs=[f"my_{o}" for o in formula.outputs],
                   sizes={f"my_{name}": value for name, value in formula.sizes.items()})


def reordered(formula):
    """Each time the last statement that may come next, instead of the first; inputs backwards."""
    left = [(line, ast.parse(line).body[0]) for line in formula.statements()]
    known, lines = {i.name for i in formula.inputs}, []
    made = {s.targets[0].id for _, s in left}
    while left:
        ready = [(line, s) for line, s in left
                 if {n.id for n in ast.walk(s.value) if isinstance(n, ast.Name)} & made <= known]
        lines.append(ready[-1][0])
        known.add(ready[-1][1].targets[0].id)
        left.remove(ready[-1])
    return replace(formula, text="\n".join(lines), inputs=formula.inputs[::-1])


def resized(formula, **values):
    names = {value: name for name, value in formula.sizes.items()}
    inputs = [replace(i, shape=tuple(values.get(names.get(s), s) for s in i.shape)) for i in formula.inputs]
    return replace(formula, inputs=inputs, sizes={name: values[name] for name in formula.sizes})


def static(formula):
    return replace(formula, sizes={})


def of_dtype(dtype):
    return lambda formula: replace(formula, inputs=[replace(i, dtype=dtype) for i in formula.inputs])


class ShiftAxes(ast.NodeTransformer):
    def visit_Call(self, node):
        self.generic_visit(node)
        for keyword in node.keywords:
            if keyword.arg == "axes":
                first = [ast.Constant(0)] if node.func.id == "transpose" else []
                keyword.value.elts = first + [ast.Constant(e.value + 1) for e in keyword.value.elts]
        return node


def with_leading_axis(formula, size=3):
    """One more axis in front, of the first input and of those that have as many axes; not of weights."""
    rank = len(formula.inputs[0].shape)
    inputs = [replace(i, shape=(size, *i.shape)) if len(i.shape) == rank and i.name != "w" else i for i in formula.inputs]
    return replace(changed(formula, ShiftAxes().visit), inputs=inputs, sizes={"batch": size, **formula.sizes})


def text(words):
    return lambda formula: replace(formula, text=words)


# What is varied.

@dataclass
class Workload:
    name: str          # of the workload, and then of the case, in workloads.py
    case: str
    items: str         # of what instructions are counted, in terms of the sizes
    sizes: dict        # smaller than those that are timed: counts need no large ones
    other_sizes: list  # primes among them
    dtypes: dict = field(default_factory=lambda: {"f64": 2})  # and how many times as many instructions an item takes
    texts: dict = field(default_factory=dict)  # what it is called: other words for the same
    leading: bool = True                       # makes sense with one more axis
    numbers: dict = field(default_factory=dict)  # sizes that the benchmark's graph has as numbers, with names

    def __str__(self):
        return f"{self.name}, {self.case}"

    def own(self):
        formula = next(c.formula for c in WORKLOADS[self.name.split()[0]](Scale(short=False))
                       if (c.workload, c.name) == (self.name, self.case))
        return replace(formula, sizes=formula.sizes | self.numbers)

    def forms(self):
        """Each with its name, its formula, its items and the factor."""
        def items(sizes):
            return eval(self.items, dict(sizes))
        symbolic = resized(self.own(), **self.sizes)
        own, other = (static(symbolic), symbolic) if self.numbers else (symbolic, static(symbolic))
        same = {"as it is": own, "commuted": commuted(own), "renamed": renamed(own), "reordered": reordered(own),
                "symbolic sizes" if self.numbers else "static sizes": other,
                **{name: text(words)(own) for name, words in self.texts.items()}}
        for name, formula in same.items():
            yield Form(self, name, formula, items(self.sizes))
        for sizes in self.other_sizes:
            formula = resized(self.own(), **sizes)
            yield Form(self, " x ".join(map(str, sizes.values())), static(formula) if self.numbers else formula, items(sizes))
        for dtype, factor in self.dtypes.items():
            yield Form(self, dtype, of_dtype(dtype)(own), items(self.sizes), factor)
        if self.leading:
            yield Form(self, "one more axis", with_leading_axis(own), 3 * items(self.sizes))


@dataclass
class Form:
    workload: Workload
    name: str
    formula: Formula
    items: int
    factor: float = 1

    def __str__(self):
        return f"{self.workload}, {self.name}"

    def sizes(self):
        """Of its inputs; the same for inputs in another order."""
        return tuple(sorted(i.shape for i in self.formula.inputs))


N = [dict(n=9973), dict(n=5003)]
ROWS = dict(n=32, m=1024), [dict(n=31, m=1021), dict(n=3, m=9973), dict(n=257, m=127)]
PLANE = dict(n=64, m=1024), [dict(n=61, m=1021), dict(n=257, m=251)]
FOUR = dict(a=32, b=32, c=4, d=64), [dict(a=37, b=41, c=3, d=67)]
SQUARE = dict(n=160), [dict(n=157), dict(n=192)]


def reduction(op, axis, dtypes):
    return Workload("W5 reductions", f"{op} {axis}", "n*m", *PLANE, dtypes)


# Where the factor of f64 is not 2: sums of f32 are taken in f64, so that f64 only saves conversions; its functions have longer
# polynomials; positions (argmax) are i64 beside every dtype; and what a short row costs beside its items is the same. Integers
# have no NaN to look for. Maxima of rows of f32 are found as integers of 32 bits; AVX2 has none of 64. Columns are summed in f64
# in memory, whatever they are.
VARIED = [
    Workload("W1 call", "n=1024", "1", dict(n=1), [dict(n=2)], {"f64": 1}, leading=False),
    Workload("W2 chain", "DRAM", "n", dict(n=16384), N, texts={
        "one statement": "r = minimum(abs(maximum(x * y + z, x) - y * 0.5) + z, 3.0) * (x * y + z) - maximum(x * y + z, x)",
        "other words": "a = z - x * -y\nb = where(a > x, a, x)\nc = b + -0.5 * y\nd = maximum(c, -c) + z\n"
                       "e = minimum(3.0, d)\nr = a * e - b"}),
    Workload("W3 Black-Scholes", "f32 DRAM", "n", dict(n=4096), [dict(n=4093), dict(n=1999)], {"f64": 2.5}, texts={
        "with erf": """
            root = sqrt(t)
            d1 = (log(s / k) + 0.065 * t) / (0.3 * root)
            d2 = d1 - 0.3 * root
            n1 = 0.5 * (1.0 + erf(d1 * 0.7071067811865476))
            n2 = 0.5 * (1.0 + erf(d2 * 0.7071067811865476))
            later = k * exp(-0.02 * t)
            bought = s * n1 - later * n2
            sold = later * (1.0 - n2) - s * (1.0 - n1)"""}),
    Workload("W3 equation of state", "f64 DRAM", "n", dict(n=2048), [dict(n=2039)], {"f32": 0.5}),
    Workload("W4 softmax", "DRAM 16384x1024", "n*m", *ROWS, {"f64": 2.2}, texts={
        "by hand": "e = exp(x - max(x, axes=[1], keepdims=true))\nr = e / sum(e, axes=[1], keepdims=true)",
        "as everybody writes it": "r = exp(x) / sum(exp(x), axes=[1], keepdims=true)"}),
    Workload("W4 log_softmax", "DRAM 16384x1024", "n*m", *ROWS, {"f64": 2.2}, texts={
        "by hand": "d = x - max(x, axes=[1], keepdims=true)\nr = d - log(sum(exp(d), axes=[1], keepdims=true))",
        "log of softmax": "r = log(softmax(x, axes=[1]))"}),
    Workload("W4 layer_norm", "DRAM 16384x1024", "n*m", *ROWS, {"f64": 1.1}, texts={
        "by hand": "d = x - mean(x, axes=[1], keepdims=true)\n"
                   "r = d / sqrt(mean(d * d, axes=[1], keepdims=true) + 1e-5) * scale + bias"}),
    *(reduction("sum", axis, {"f64": 0.65, "i32": 0.8}) for axis in ("inner", "full")),
    reduction("sum", "outer", {"f64": 1, "i32": 1}),
    reduction("max", "inner", {"f64": 2.6, "i32": 0.38, "i8": 0.14}),
    reduction("max", "full", {"f64": 2.8, "i32": 0.38, "i8": 0.09}),
    reduction("max", "outer", {"f64": 2, "i32": 0.45, "i8": 0.13}),
    reduction("argmax", "inner", {"f64": 2, "i32": 0.3}),
    reduction("argmax", "outer", {"f64": 0.95, "i32": 0.65}),
    reduction("var", "inner", {"f64": 0.77}),
    Workload("W6 distances", "D=3", "n*n", dict(n=128), [dict(n=127), dict(n=97)], {"f64": 1.1}, texts={
        "the other way round": "d = expand_dims(y, axes=[0]) - expand_dims(x, axes=[1])\nr = sqrt(sum(d * d, axes=[2]))"}),
    Workload("W6 distances", "D=128", "n*n", dict(n=128), [dict(n=127), dict(n=97)], leading=False),
    Workload("W7 transpose", "2-D", "n*n", dict(n=256), [dict(n=251), dict(n=131)], {"f64": 2, "i32": 1, "i8": 0.25}, texts={
        "three": "r = transpose(transpose(transpose(x)))"}),
    Workload("W7 transpose", "2-D + add", "n*n", dict(n=256), [dict(n=251), dict(n=131)], texts={
        "added before": "r = transpose(x + transpose(y))"}),
    Workload("W7 transpose", "0213", "a*b*c*d", *FOUR, {"f64": 1.3}),
    *(Workload("W7 transpose", case, "a*b*c*d", *FOUR, {"f64": 1.6}) for case in ("0231", "3210")),
    Workload("W10 GEMM", "plain 512", "n*n*n", *SQUARE, numbers=dict(n=512)),
    Workload("W10 GEMM", "relu 512", "n*n*n", *SQUARE, numbers=dict(n=512), texts={"maximum": "r = maximum(b + matmul(x, w), 0.0)"}),
    Workload("W10 GEMM", "gelu 512", "n*n*n", *SQUARE, numbers=dict(n=512), texts={
        "by hand": "y = matmul(x, w) + b\nr = y * 0.5 * (1.0 + erf(y * 0.7071067811865476))"}),
]

# Forms that differ: the ratio measured, and why. One that no longer does fails as well, so that it is taken off.
SHORT = "where rows are short, their beginnings, their rests and the last steps of a sum weigh more"
RESTS = "what no whole tile holds is copied item by item"
NUMBERS = "Clang knows the extents: no rests, and addresses are constants"
KNOWN = {
    "W4 softmax, DRAM 16384x1024, 257 x 127": (1.93, SHORT),
    "W4 log_softmax, DRAM 16384x1024, 257 x 127": (2.02, SHORT),
    "W4 layer_norm, DRAM 16384x1024, 257 x 127": (1.6, SHORT),
    "W5 reductions, sum inner, 257 x 251": (1.31, SHORT),
    "W5 reductions, max inner, 257 x 251": (1.66, SHORT),
    "W5 reductions, argmax inner, 257 x 251": (2.8, SHORT),
    "W5 reductions, max outer, 257 x 251": (1.32, SHORT),
    "W6 distances, D=3, one more axis": (7.6, "Clang does not vectorise the loop over points once there is a third around it"),
    "W7 transpose, 2-D, static sizes": (0.7, NUMBERS),
    "W7 transpose, 2-D, 131": (1.29, RESTS),
    "W7 transpose, 2-D, i8": (5.3, "tiles are turned in blocks of 8 x 8 items, whatever their width"),
    "W7 transpose, 2-D + add, static sizes": (0.72, NUMBERS),
    "W7 transpose, 2-D + add, 131": (1.29, RESTS),
    "W7 transpose, 0213, static sizes": (0.23, NUMBERS),
    "W7 transpose, 0231, static sizes": (0.55, NUMBERS),
    "W7 transpose, 3210, static sizes": (0.58, NUMBERS),
    "W7 transpose, 3210, 37 x 41 x 3 x 67": (1.46, RESTS),
}


# Counting.

class Runner:
    """Of the program counts, in a folder with a kernel cache of its own."""

    def __init__(self, build, folder):
        self.folder, self.program = Path(folder), Path(build).resolve() / "counts"
        self.env = {name: value for name, value in os.environ.items() if not name.startswith("TSC_")}
        self.env |= {"TSC_CACHE_DIR": str(self.folder / "cache"), "TSC_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}

    def run(self, *words):
        done = subprocess.run(words, cwd=self.folder, env=self.env, text=True, capture_output=True)
        if done.returncode:
            sys.exit(f"{self.program.name} failed:\n{done.stderr}")
        return done.stdout.splitlines()

    def file(self, i, formula):
        (self.folder / f"{i}.tsc").write_text(formula.graph())
        return f"{i}.tsc"

    def plans(self, formulas):
        """Of each the program's key, and what it is made of. Compiles it as well, so that no compiler runs within callgrind."""
        lines = self.run(self.program, "plans", *(self.file(i, f) for i, f in enumerate(formulas)))
        return [line.split(maxsplit=1) for line in lines]

    def instructions(self, formulas):
        calls = [word for i, f in enumerate(formulas)
                 for word in (self.file(i, f), ",".join(str(s) for input in f.inputs for s in input.shape))]
        self.run("valgrind", "--tool=callgrind", "--callgrind-out-file=out", "--collect-atstart=no", "--toggle-collect=counted",
                 "--dump-after=counted", "--dump-line=no", self.program, "calls", *calls)
        return [int(re.search(r"^totals: (\d+)", (self.folder / f"out.{i + 1}").read_text(), re.M)[1]) for i in range(len(formulas))]


def measured(build, forms):
    """Of each form instructions an item, and what its program is made of. The same program at the same sizes runs once."""
    with tempfile.TemporaryDirectory(prefix="variations-") as folder:
        runner = Runner(build, folder)
        programs = runner.plans([f.formula for f in forms])
        runs = {(key, form.sizes()): form.formula for (key, _), form in zip(programs, forms)}
        counts = dict(zip(runs, runner.instructions(list(runs.values()))))
        return [(counts[key, form.sizes()] / form.items, [int(n) for n in made.split()]) for (key, made), form in zip(programs, forms)]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--native", default="build")
    parser.add_argument("--show", action="store_true", help="print every form")
    parser.add_argument("workload", nargs="?", default="")
    options = parser.parse_args()
    if not shutil.which("valgrind"):
        print("skipped: valgrind is not installed")
        sys.exit(77)
    forms = [form for w in VARIED if options.workload in str(w) for form in w.forms()]
    failed = 0
    for form, (count, made) in zip(forms, measured(options.native, forms)):
        if form.name == "as it is":
            own, own_made = count, made
        ratio = count / form.factor / own
        expected, why = KNOWN.get(str(form), (1, ""))
        verdicts = [f"not {expected} times its own"] * (not 1 / WITHIN <= ratio / expected <= WITHIN)
        verdicts += ["known no longer"] * (expected != 1 and 1 / WITHIN <= ratio <= WITHIN)
        verdicts += ["made of more"] * any(n > m for n, m in zip(made, own_made))
        failed += bool(verdicts)
        if options.show or verdicts:
            print(f"{'FAILED' if verdicts else 'ok':7} {form}: {count:.3f} instructions an item, {ratio:.2f} times its own; "
                  "{} kernels, {} products, {} buffers".format(*made), *verdicts, why, sep="; ")
    print(f"{len(forms) - failed} passed, {failed} failed")
    sys.exit(failed > 0)


if __name__ == "__main__":
    main()
