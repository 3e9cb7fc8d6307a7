"""Formulas as ONNX models."""

import ast

import numpy as np

UNARY = {"exp": "Exp", "log": "Log", "sqrt": "Sqrt", "abs": "Abs", "erf": "Erf", "relu": "Relu", "tanh": "Tanh"}
BINARY = {"maximum": "Max", "minimum": "Min", "matmul": "MatMul"}
OPERATORS = {ast.Add: "Add", ast.Sub: "Sub", ast.Mult: "Mul", ast.Div: "Div"}


class Unknown(Exception):
    """A function without a counterpart here."""


class Builder:
    def __init__(self, formula):
        from onnx import TensorProto, helper, numpy_helper
        self.helper, self.numpy_helper = helper, numpy_helper
        self.type = TensorProto.FLOAT if formula.inputs[0].dtype == "f32" else TensorProto.DOUBLE
        self.dtype = np.float32 if formula.inputs[0].dtype == "f32" else np.float64
        self.nodes, self.constants, self.names = [], [], {i.name: i.name for i in formula.inputs}

    def node(self, op, inputs, **attributes):
        name = f"v{len(self.nodes)}"
        self.nodes.append(self.helper.make_node(op, inputs, [name], **attributes))
        return name

    def constant(self, value, dtype=None):
        name = f"c{len(self.constants)}"
        self.constants.append(self.numpy_helper.from_array(np.asarray(value, dtype or self.dtype), name))
        return name

    def value(self, e):
        match e:
            case ast.Name(id=name):
                return self.names[name]
            case ast.Constant(value=value):
                return self.constant(value)
            case ast.UnaryOp(op=ast.USub(), operand=x):
                return self.node("Neg", [self.value(x)])
            case ast.BinOp(left=a, op=op, right=b):
                return self.node(OPERATORS[type(op)], [self.value(a), self.value(b)])
            case ast.Call(func=ast.Name(id=name), args=args, keywords=keywords):
                given = {k.arg: ast.literal_eval(k.value) for k in keywords if not isinstance(k.value, ast.Name)}
                return self.call(name, [self.value(a) for a in args], given)
        raise Unknown(ast.unparse(e))

    def call(self, name, args, given):
        axes = given.get("axes", [-1])
        if name in UNARY:
            return self.node(UNARY[name], args)
        if name in BINARY:
            return self.node(BINARY[name], args)
        if name == "erfc":
            return self.node("Sub", [self.constant(1), self.node("Erf", args)])
        if name == "gelu":
            return self.node("Gelu", args)
        if name == "softmax":
            return self.node("Softmax", args, axis=axes[0])
        if name == "log_softmax":
            return self.node("LogSoftmax", args, axis=axes[0])
        if name == "layer_norm":
            return self.node("LayerNormalization", args, axis=-1, epsilon=1e-5)
        if name == "transpose" and "axes" in given:
            return self.node("Transpose", args, perm=axes)
        if name in ("sum", "max") and "keepdims" not in given:
            inputs = [*args, self.constant(axes, np.int64)] if "axes" in given else args
            return self.node("ReduceSum" if name == "sum" else "ReduceMax", inputs, keepdims=0)
        raise Unknown(name)


def model_of(formula):
    b = Builder(formula)
    for statement in ast.parse("\n".join(formula.statements())).body:
        b.names[statement.targets[0].id] = b.value(statement.value)
    make = b.helper
    nodes = b.nodes + [make.make_node("Identity", [b.names[o]], [o]) for o in formula.outputs]
    graph = make.make_graph(nodes, "formula", [make.make_tensor_value_info(i.name, b.type, i.shape) for i in formula.inputs],
                            [make.make_tensor_value_info(o, b.type, None) for o in formula.outputs], b.constants)
    model = make.make_model(graph, opset_imports=[make.make_opsetid("", 20)], ir_version=9)
    return model.SerializeToString()
