"""The workloads: one function each, which gives its cases. A new one is a function here and its name in WORKLOADS; what it
must reach is a row in targets.py. `size` scales the large ones, so that tests run them small."""

from dataclasses import dataclass

from .case import ALL_PEERS, Case, Yardstick
from .formula import Formula, Input

KIB, MIB = 1 << 10, 1 << 20


@dataclass(frozen=True)
class Scale:
    short: bool = True  # fewer cases
    tiny: bool = False  # for tests: every array small

    def n(self, value, tiny=256):
        return tiny if self.tiny else value


def copies(total_bytes, threads="all"):
    """Copying as many bytes, read and written, as the case moves."""
    half = max(64, total_bytes // 2 // 64 * 64)
    return {f"{name}": Yardstick(row, (half // 4,), threads, half)
            for name, row in (("copy", "copy-loop"), ("memcpy", "copy"), ("copy-stream", "copy-stream"))}


def call_overhead(scale):
    for n in (1, 1024) if scale.short else (1, 16, 256, 1024):
        f = Formula([Input("x", (n,))], "y = 1.5 * x + 0.25", ["y"], {"n": n} if n > 1 else {})
        yield Case("W1 call", f"n={n}", f, "call", {"C call": Yardstick("line", (n,), "one", checked=True)},
                   peers=("jax", "jax-aot", "torch", "numba", "numexpr", "pytensor", "onnxruntime"),
                   quick=n > 1, one_thread=False, from_python=True, bytes=8 * n)


CHAIN = """
a = x * y + z
b = maximum(a, x)
c = b - y * 0.5
d = abs(c) + z
e = minimum(d, 3.0)
r = e * a - b
"""


def chain(scale):
    """Ten cheap ops, three arrays in, one out."""
    for level, n in (("L1", KIB), ("L2", 32 * KIB), ("L3", 512 * KIB), ("DRAM", 16 * MIB)):
        n = scale.n(n)
        threads = "one" if level in ("L1", "L2") else "all"
        f = Formula([Input(v, (n,)) for v in "xyz"], CHAIN, ["r"], {"n": n})
        yield Case("W2 chain", level, f, level,
                   {"by hand": Yardstick("chain", (n,), threads, checked=True),
                    "by hand, stream": Yardstick("chain-stream", (n,), threads, checked=True), **copies(16 * n, threads)},
                   bytes=16 * n, flops=10 * n)


BLACK_SCHOLES = """
root = sqrt(t)
d1 = (log(s / k) + 0.065 * t) / (0.3 * root)
d2 = d1 - 0.3 * root
n1 = 0.5 * erfc(-0.7071067811865476 * d1)
n2 = 0.5 * erfc(-0.7071067811865476 * d2)
later = k * exp(-0.02 * t)
bought = s * n1 - later * n2
sold = later * (1.0 - n2) - s * (1.0 - n1)
"""


def black_scholes(scale):
    """Prices of calls and puts. They cancel: errors count in ULP of the share's price."""
    for dtype, level, n in (("f32", "L2", 16 * KIB), ("f32", "DRAM", 4 * MIB), ("f64", "DRAM", 2 * MIB)):
        n = scale.n(n)
        f = Formula([Input("s", (n,), 10, 50, dtype), Input("k", (n,), 15, 60, dtype), Input("t", (n,), 0.5, 2, dtype)],
                    BLACK_SCHOLES, ["bought", "sold"], {"n": n})
        width = 4 if dtype == "f32" else 8
        yield Case("W3 Black-Scholes", f"{dtype} {level}", f, level, copies(5 * width * n) if level == "DRAM" else {},
                   ulp_of="s", quick=dtype == "f64" or level == "L2", bytes=5 * width * n)


def functions(scale):
    """The functions that Black-Scholes is made of, each for itself: what its accuracy rests on."""
    n = scale.n(1 * MIB)
    for dtype in ("f32", "f64"):
        f = Formula([Input("x", (n,), 0.01, 8, dtype)], "a = log(x)\nb = exp(-x)\nc = sqrt(x)\nd = erfc(x - 4.0)", ["a", "b", "c", "d"],
                    {"n": n})
        yield Case("W3 functions", dtype, f, "L3", peers=("jax", "numba", "numba-fast", "pytensor"),
                   bytes=(20 if dtype == "f32" else 40) * n)


def equation_of_state(scale):
    from .sea_water import EQUATION
    n = scale.n(1 * MIB)
    f = Formula([Input("sa", (n,), 0.01, 10, "f64"), Input("ct", (n,), -12, 20, "f64"), Input("p", (n,), 1, 1000, "f64")],
                EQUATION, ["result"], {"n": n})
    yield Case("W3 equation of state", "f64 DRAM", f, "DRAM", copies(32 * n), ulp_of="scale",
               peers=("jax", "torch", "numba", "numba-fast", "numexpr", "pytensor"), quick=False, bytes=32 * n)


def rows(scale):
    """Row-wise functions. Their copy moves each array once."""
    texts = {"softmax": "r = softmax(x, axes=[1])", "log_softmax": "r = log_softmax(x, axes=[1])",
             "layer_norm": "r = layer_norm(x, scale, bias)"}
    shapes = [("L2", 256, 256), ("DRAM", 16 * KIB, 1 * KIB)] + ([] if scale.short else [("DRAM", 512, 32 * KIB), ("DRAM", 128 * KIB, 128)])
    for name, text in texts.items():
        for level, n, m in shapes:
            n, m = scale.n(n, 16), scale.n(m, 64)
            inputs = [Input("x", (n, m), -4, 4)]
            if name == "layer_norm":
                inputs += [Input("scale", (m,)), Input("bias", (m,))]
            f = Formula(inputs, text, ["r"], {"n": n, "m": m} if n != m else {"n": n})
            yield Case(f"W4 {name}", f"{level} {n}x{m}", f, level, copies(8 * n * m, "one" if level == "L2" else "all"),
                       quick=level == "L2" or name == "log_softmax", ulp_of="", bytes=8 * n * m)


NUMBA_SUMS = {
    "inner": "def loop(x, r):\n  for i in prange(x.shape[0]):\n    s = np.float32(0)\n    for j in range(x.shape[1]):\n      s += x[i, j]\n    r[i] = s\n",
    "outer": "def loop(x, r):\n  for b in prange(x.shape[1] // 64):\n    s = np.zeros(64, np.float32)\n    for i in range(x.shape[0]):\n"
             "      for j in range(64):\n        s[j] += x[i, 64 * b + j]\n    r[64 * b:64 * b + 64] = s\n",
    "full": "def loop(x, r):\n  y = x.reshape(-1)\n  s = np.float32(0)\n  for i in prange(y.size):\n    s += y[i]\n  r[()] = s\n",
}


def reductions(scale):
    """Sums and friends along the last axis, the first, and all."""
    ops = ("sum", "max", "argmax") if scale.short else ("sum", "max", "argmax", "var")
    n, m = scale.n(16 * KIB, 32), scale.n(1 * KIB, 128)
    for op in ops:
        for axis, axes in (("inner", "axes=[1]"), ("outer", "axes=[0]"), ("full", "")):
            if op == "argmax" and axis == "full" or (scale.short and op == "argmax" and axis == "outer"):
                continue
            f = Formula([Input("x", (n, m))], f"r = {op}(x{', ' + axes if axes else ''})", ["r"], {"n": n, "m": m})
            hand = {"by hand": Yardstick(f"sum-{axis}", (n, m), checked=True)} if op == "sum" and axis != "full" else {}
            yield Case("W5 reductions", f"{op} {axis}", f, "DRAM",
                       {"read": Yardstick("read", (n * m,), "all", 4 * n * m), **hand},
                       quick=op != "sum", numba=NUMBA_SUMS[axis] if op == "sum" else "",
                       peers=("jax", "torch", "numba-fast", "pytensor", "onnxruntime"), bytes=4 * n * m)


NUMBA_DISTANCES = """
def loop(x, y, r):
  for i in prange(x.shape[0]):
    for j in range(y.shape[0]):
      a, b, c = x[i, 0] - y[j, 0], x[i, 1] - y[j, 1], x[i, 2] - y[j, 2]
      r[i, j] = np.sqrt(a * a + b * b + c * c)
"""


def pairwise(scale):
    n = scale.n(2 * KIB, 64)
    f = Formula([Input("x", (n, 3)), Input("y", (n, 3))],
                "d = expand_dims(x, axes=[1]) - expand_dims(y, axes=[0])\nr = sqrt(sum(square(d), axes=[2]))", ["r"], {"n": n})
    yield Case("W6 distances", "D=3", f, "L3", copies(8 * n * n), numba=NUMBA_DISTANCES, bytes=4 * n * n,
               peers=("jax", "torch", "numba", "numba-fast", "pytensor"))
    f = Formula([Input("x", (n, 128)), Input("y", (n, 128))], """
        xx = sum(square(x), axes=[1], keepdims=true)
        yy = sum(square(y), axes=[1], keepdims=true)
        both = xx + transpose(yy)
        r = sqrt(maximum(both - 2.0 * matmul(x, transpose(y)), 0.0))""", ["r"], {"n": n})
    yield Case("W6 distances", "D=128", f, "L3", peers=("jax", "torch", "pytensor"), flops=2 * 128 * n * n, bytes=4 * n * n)


def transposes(scale):
    n = scale.n(4 * KIB, 64)
    shape = (scale.n(32, 4), scale.n(64, 8), scale.n(48, 6), scale.n(128, 16))
    total = shape[0] * shape[1] * shape[2] * shape[3]
    names = dict(zip("abcd", shape))
    cases = [("2-D", [Input("x", (n, n))], "r = transpose(x, axes=[1, 0])", {"n": n}, 8 * n * n, (n, n)),
             ("2-D + add", [Input("x", (n, n)), Input("y", (n, n))], "r = transpose(x, axes=[1, 0]) + y", {"n": n}, 12 * n * n, None),
             ("0213", [Input("x", shape)], "r = transpose(x, axes=[0, 2, 1, 3])", names, 8 * total, None),
             ("0231", [Input("x", shape)], "r = transpose(x, axes=[0, 2, 3, 1])", names, 8 * total, None),
             ("3210", [Input("x", shape)], "r = transpose(x, axes=[3, 2, 1, 0])", names, 8 * total, None)]
    for name, inputs, text, sizes, moved, hand in cases:
        yardsticks = copies(moved)
        if hand:
            yardsticks["by hand"] = Yardstick("transpose", hand, checked=True)
        yield Case("W7 transpose", name, Formula(inputs, text, ["r"], sizes), "DRAM", yardsticks,
                   peers=("jax", "torch", "pytensor", "onnxruntime"), quick=name not in ("2-D", "0231"), bytes=moved)


def gemm(scale):
    texts = {"plain": "r = matmul(x, w)", "relu": "r = relu(matmul(x, w) + b)", "gelu": "r = gelu(matmul(x, w) + b)"}
    for size in (512, 1024) if scale.short else (512, 1024, 2048):
        n = scale.n(size, 64)
        for name, text in texts.items():
            inputs = [Input("x", (n, n)), Input("w", (n, n))] + ([Input("b", (n,))] if name != "plain" else [])
            yield Case("W10 GEMM", f"{name} {size}", Formula(inputs, text, ["r"]), "",
                       {"BLAS": Yardstick("gemm", (n, n, n), checked=name == "plain", inputs=2)}, ulp_of="",
                       peers=("jax", "torch", "pytensor", "onnxruntime"), quick=(name, size) != ("gelu", 1024),
                       flops=2 * n ** 3, bytes=12 * n * n)


# Cases in the common form. Those of another kind (a training step, compile times) are functions in worker.py.
WORKLOADS = {"W1": call_overhead, "W2": chain, "W3": lambda s: (*black_scholes(s), *functions(s), *equation_of_state(s)),
             "W4": rows, "W5": reductions, "W6": pairwise, "W7": transposes, "W10": gemm}
