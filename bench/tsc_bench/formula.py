"""Workloads as text. A formula is statements that mean the same in a graph file and in Python:

    a = x * y + z
    r = maximum(a, x)

So one text gives the graph of tsc, the reference in f64, and every peer that has Python's arithmetic: each brings a
namespace with the functions that the text calls, which take their arguments as tsc's do.
"""

import ast
from dataclasses import dataclass, field

DTYPES = {"f32": "float32", "f64": "float64", "i64": "int64"}


@dataclass
class Input:
    name: str
    shape: tuple
    low: float = -1.0
    high: float = 1.0
    dtype: str = "f32"


@dataclass
class Formula:
    inputs: list
    text: str
    outputs: list  # names
    sizes: dict = field(default_factory=dict)  # shapes of inputs that the graph shall leave open: {"n": 1000}

    def graph(self):
        """The graph file. A size that `sizes` names is a symbol there, others are numbers."""
        symbols = {value: name for name, value in self.sizes.items()}
        lines = ["tsc 1"]
        for i in self.inputs:
            shape = ", ".join(str(symbols.get(s, s)) for s in i.shape)
            lines.append(f"input {i.name}: {i.dtype}" + (f"[{shape}]" if i.shape else ""))
        return "\n".join([*lines, *self.statements(), "output " + ", ".join(self.outputs)]) + "\n"

    def statements(self):
        return [line.strip() for line in self.text.strip().splitlines() if line.strip()]

    def function(self, namespace, name="formula", convert=None, returns="tuple"):
        """A Python function of the inputs, in a namespace; `convert` may change its syntax tree."""
        arguments = ", ".join(i.name for i in self.inputs)
        body = "\n  ".join(self.statements())
        results = ", ".join(self.outputs) + ("," if returns == "tuple" else "")
        tree = ast.parse(f"def {name}({arguments}):\n  {body}\n  return ({results})\n")
        if convert:
            tree = ast.fix_missing_locations(convert(tree))
        scope = dict(namespace)
        exec(compile(tree, f"<{name}>", "exec"), scope)
        return scope[name]

    def calls(self):
        return {n.func.id for n in ast.walk(ast.parse("\n".join(self.statements())))
                if isinstance(n, ast.Call) and isinstance(n.func, ast.Name)}

    def as_one_expression(self, output):
        """The formula of one output with all names put in, as text; for peers that know no statements."""
        values = {}

        class PutIn(ast.NodeTransformer):
            def visit_Name(self, node):
                return values.get(node.id, node)

        for statement in ast.parse("\n".join(self.statements())).body:
            values[statement.targets[0].id] = PutIn().visit(statement.value)
        return ast.unparse(values[output])


class ConstantsAs(ast.NodeTransformer):
    """Writes every number with a point as wrap(number): for languages in which it would widen an f32."""

    def __init__(self, wrap):
        self.wrap = wrap

    def visit_Constant(self, node):
        if not isinstance(node.value, float):
            return node
        return ast.Call(func=ast.Name(id=self.wrap, ctx=ast.Load()), args=[node], keywords=[])
