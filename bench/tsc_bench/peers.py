"""The peers: each makes of a case something that can be timed, as fast as its documentation says how. One that cannot
says why (Absent); the harness shows that instead of a time."""

import ast

import numpy as np

from . import namespaces
from .formula import DTYPES, ConstantsAs
from .timing import python_timer


class Absent(Exception):
    """Why a peer takes no part."""


class Timed:
    """A contender: `time(calls)` gives nanoseconds; `results()` the arrays of one call."""

    def __init__(self, call, results=None):
        self.call, self.time = call, python_timer(call)
        self.results = lambda: [np.asarray(a) for a in (results or call)()]


def imported(name):
    try:
        return __import__(name)
    except Exception as e:  # a broken installation throws anything
        raise Absent(f"{name} cannot be imported ({type(e).__name__})") from e


def jax(case, arrays, threads):
    jax = imported("jax")
    function = case.formula.function(namespaces.jax_functions())
    compiled = jax.jit(function)
    device = [jax.device_put(a) for a in arrays]
    return Timed(lambda: jax.block_until_ready(compiled(*device)))


def jax_aot(case, arrays, threads):
    jax = imported("jax")
    device = [jax.device_put(a) for a in arrays]
    compiled = jax.jit(case.formula.function(namespaces.jax_functions())).lower(*device).compile()
    return Timed(lambda: jax.block_until_ready(compiled(*device)))


def torch(case, arrays, threads):
    torch = imported("torch")
    torch.set_num_threads(threads)
    given = [torch.from_numpy(a) for a in arrays]
    compiled = torch.compile(case.formula.function(namespaces.torch_functions()), dynamic=False)

    def call():
        with torch.inference_mode():
            return compiled(*given)
    return Timed(call)


def numba_loop(case, fastmath):
    """The formula as the body of one parallel loop over all items."""
    numba = imported("numba")
    formula = case.formula
    if missing := formula.calls() - set(namespaces.SCALAR_FUNCTIONS):
        raise Absent(f"no loop is written for {', '.join(sorted(missing))}")
    if len({i.shape for i in formula.inputs}) > 1:
        raise Absent("no loop is written for operands of different shapes")
    dtype = formula.inputs[0].dtype
    lines = [f"def loop({', '.join(f'{i.name}_' for i in formula.inputs)}, {', '.join(f'{o}_' for o in formula.outputs)}):",
             f"  for i_ in prange({formula.inputs[0].name}_.size):",
             *[f"    {i.name} = {i.name}_[i_]" for i in formula.inputs],
             *[f"    {s}" for s in formula.statements()], *[f"    {o}_[i_] = {o}" for o in formula.outputs]]
    tree = ast.fix_missing_locations(ConstantsAs("real_").visit(ast.parse("\n".join(lines))))
    scope = {**namespaces.SCALAR_FUNCTIONS, "prange": numba.prange, "real_": getattr(numba, DTYPES[dtype])}
    exec(compile(tree, "<loop>", "exec"), scope)
    return numba.njit(parallel=True, fastmath=fastmath)(scope["loop"])


def numba_of(fastmath):
    def numba_peer(case, arrays, threads):
        numba = imported("numba")
        numba.set_num_threads(threads)
        if case.numba:  # loops written by hand
            scope = {"np": np, "prange": numba.prange}
            exec(compile(case.numba, "<loop>", "exec"), scope)
            loop = numba.njit(parallel=True, fastmath=fastmath)(scope["loop"])
            outputs = [np.empty(s, d) for s, d in case.output_types(arrays)]
            call = lambda: loop(*arrays, *outputs)
        else:
            loop = numba_loop(case, fastmath)
            shape = case.formula.inputs[0].shape
            outputs = [np.empty(shape, arrays[0].dtype) for _ in case.formula.outputs]
            flat = [a.reshape(-1) for a in (*arrays, *outputs)]
            call = lambda: loop(*flat)
        return Timed(call, lambda: (call(), outputs)[1])
    return numba_peer


def numexpr(case, arrays, threads):
    ne = imported("numexpr")
    formula = case.formula
    known = {"exp", "log", "sqrt", "abs", "tanh", "maximum", "minimum"}
    if missing := formula.calls() - known:
        raise Absent(f"it has no {', '.join(sorted(missing))}")
    if len({i.shape for i in formula.inputs}) > 1 or len(formula.outputs) > 1 or len(formula.statements()) > 20:
        raise Absent("one expression over arrays of one shape is what it takes")
    ne.set_num_threads(threads)
    constants = {}

    class Named(ast.NodeTransformer):  # a number in the text would be f64
        def visit_Constant(self, node):
            name = f"c{len(constants)}_"
            constants[name] = arrays[0].dtype.type(node.value)
            return ast.Name(id=name, ctx=ast.Load())

    text = ast.unparse(Named().visit(ast.parse(formula.as_one_expression(formula.outputs[0]), mode="eval")))
    values = dict(zip((i.name for i in formula.inputs), arrays)) | constants
    out = np.empty_like(arrays[0])
    try:
        ne.evaluate(text, local_dict=values, out=out)
    except Exception as e:
        raise Absent(f"it refuses the expression ({type(e).__name__})") from e
    call = lambda: ne.re_evaluate(local_dict=values)
    return Timed(call, lambda: [call().copy()])


def pytensor(case, arrays, threads):
    pytensor = imported("pytensor")
    import pytensor.tensor as pt
    if missing := case.formula.calls() - set(namespaces.pytensor_functions()):
        raise Absent(f"it has no {', '.join(sorted(missing))}")
    inputs = [pt.tensor(i.name, dtype=DTYPES[i.dtype], shape=i.shape) for i in case.formula.inputs]
    # a number in the text shall not widen an f32
    with pytensor.config.change_flags(floatX=DTYPES[case.formula.inputs[0].dtype], cast_policy="numpy+floatX"):
        outputs = case.formula.function(namespaces.pytensor_functions())(*inputs)
        function = pytensor.function(inputs, list(outputs))
    function.trust_input = True
    return Timed(lambda: function(*arrays))


def onnxruntime(case, arrays, threads):
    ort = imported("onnxruntime")
    imported("onnx")
    from .onnx_graph import Unknown, model_of
    options = ort.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    try:
        model = model_of(case.formula)
    except Unknown as e:
        raise Absent(f"no ONNX operator is written here for {e}") from e
    session = ort.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    feed = {i.name: a for i, a in zip(case.formula.inputs, arrays)}
    return Timed(lambda: session.run(None, feed))


PEERS = {"jax": jax, "jax-aot": jax_aot, "torch": torch, "numba": numba_of(False), "numba-fast": numba_of(True),
         "numexpr": numexpr, "pytensor": pytensor, "onnxruntime": onnxruntime}
