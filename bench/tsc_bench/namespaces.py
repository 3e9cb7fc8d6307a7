"""The functions that formulas call, with tsc's names and arguments, for each library with arrays of its own."""

import math


def array_functions(xp, special, transpose=None, add=None):
    """For libraries that look like NumPy: `xp` its module, `special` the one with erf, erfc, expit. `add` replaces some."""
    def axis(axes):
        return tuple(axes) if len(axes) > 1 else axes[0] if axes else None

    def keeping(function):
        return lambda x, axes=(), keepdims=False: function(x, axis=axis(axes), keepdims=keepdims)

    def softmax(x, axes=(-1,)):
        e = xp.exp(x - xp.max(x, axis=axes[0], keepdims=True))
        return e / xp.sum(e, axis=axes[0], keepdims=True)

    def log_softmax(x, axes=(-1,)):
        y = x - xp.max(x, axis=axes[0], keepdims=True)
        return y - xp.log(xp.sum(xp.exp(y), axis=axes[0], keepdims=True))

    def layer_norm(x, scale, bias):
        d = x - xp.mean(x, axis=-1, keepdims=True)
        return d / xp.sqrt(xp.mean(d * d, axis=-1, keepdims=True) + 1e-5) * scale + bias

    names = {name: getattr(xp, name) for name in ("exp", "log", "sqrt", "abs", "maximum", "minimum", "matmul", "tanh", "where")}
    names |= {"erf": special.erf, "erfc": special.erfc, "square": lambda x: x * x, "relu": lambda x: xp.maximum(x, 0),
              "gelu": lambda x: 0.5 * x * special.erfc(-0.7071067811865476 * x),
              "sum": keeping(xp.sum), "max": keeping(xp.max), "mean": keeping(xp.mean), "var": keeping(xp.var),
              "argmax": lambda x, axes: xp.argmax(x, axis=axes[0]),
              "transpose": transpose or (lambda x, axes=None: xp.transpose(x, axes)),
              "expand_dims": lambda x, axes: xp.expand_dims(x, axes[0]),
              "softmax": softmax, "log_softmax": log_softmax, "layer_norm": layer_norm, "true": True, "false": False}
    return names | (add or {})


def long_erfc(x):
    """erfc in long double, to some 58 bits: the series of erf where it is large, the continued fraction beyond."""
    import numpy as np
    x = np.asarray(x, np.longdouble)
    size = np.abs(x)
    pi = np.longdouble("3.14159265358979323846264338")
    small, large = np.minimum(size, 1.5), np.maximum(size, 1.5)
    term = total = small
    for i in range(1, 60):  # sum of 2^i x^(2i+1) / (2i+1)!!, nothing cancels
        term = term * 2 * small * small / (2 * i + 1)
        total = total + term
    near = 1 - 2 / np.sqrt(pi) * np.exp(-small * small) * total
    fraction = large
    for i in range(300, 0, -1):
        fraction = large + np.longdouble(i) / 2 / fraction
    far = np.exp(-large * large) / (np.sqrt(pi) * fraction)
    right = np.where(size < 1.5, near, far)
    return np.where(x < 0, 2 - right, right)


def numpy_functions():
    """The reference: f64, where it is given long doubles those."""
    import numpy as np

    class special:
        @staticmethod
        def erf(x):
            return np.frompyfunc(math.erf, 1, 1)(x).astype(np.float64)

        @staticmethod
        def erfc(x):
            x = np.asarray(x)
            return long_erfc(x) if x.dtype == np.longdouble else np.frompyfunc(math.erfc, 1, 1)(x).astype(np.float64)
    return array_functions(np, special)


def jax_functions():
    import jax
    import jax.numpy as jnp
    return array_functions(jnp, jax.scipy.special, add={
        "softmax": lambda x, axes=(-1,): jax.nn.softmax(x, axis=axes[0]),
        "log_softmax": lambda x, axes=(-1,): jax.nn.log_softmax(x, axis=axes[0]),
        "relu": jax.nn.relu, "gelu": lambda x: jax.nn.gelu(x, approximate=False)})


def torch_functions():
    import torch
    from torch.nn import functional as F

    def reduced(function, everything):
        return lambda x, axes=(), keepdims=False: function(x, dim=tuple(axes), keepdim=keepdims) if axes else everything(x)

    def over(bound):
        # torch's maximum takes tensors alone
        return lambda x, y: bound(x, y if torch.is_tensor(y) else torch.full_like(x, y))

    names = {name: getattr(torch, name) for name in ("exp", "log", "sqrt", "abs", "matmul", "erf", "erfc", "square", "tanh",
                                                     "where", "relu")}
    return names | {
        "maximum": over(torch.maximum), "minimum": over(torch.minimum), "gelu": F.gelu,
        "sum": reduced(torch.sum, torch.sum), "max": reduced(torch.amax, torch.max), "mean": reduced(torch.mean, torch.mean),
        "var": lambda x, axes=(): torch.var(x, dim=tuple(axes) or None, correction=0),
        "argmax": lambda x, axes: torch.argmax(x, dim=axes[0]),
        "transpose": lambda x, axes=None: x.permute(axes or tuple(reversed(range(x.ndim)))).contiguous(),
        "expand_dims": lambda x, axes: x.unsqueeze(axes[0]),
        "softmax": lambda x, axes=(-1,): torch.softmax(x, axes[0]),
        "log_softmax": lambda x, axes=(-1,): torch.log_softmax(x, axes[0]),
        "layer_norm": lambda x, scale, bias: F.layer_norm(x, x.shape[-1:], scale, bias),
        "true": True, "false": False}


def pytensor_functions():
    import pytensor.tensor as pt
    from pytensor.tensor import special

    def keeping(function):
        return lambda x, axes=(), keepdims=False: function(x, axis=tuple(axes) or None, keepdims=keepdims)

    names = {name: getattr(pt, name) for name in ("exp", "log", "sqrt", "maximum", "minimum", "matmul", "erf", "erfc", "tanh", "where")}
    return names | {
        "abs": pt.abs, "square": pt.sqr, "relu": lambda x: pt.maximum(x, 0),
        "gelu": lambda x: 0.5 * x * pt.erfc(-0.7071067811865476 * x),
        "sum": keeping(pt.sum), "max": keeping(pt.max), "mean": keeping(pt.mean), "var": keeping(pt.var),
        "argmax": lambda x, axes: pt.argmax(x, axis=axes[0]),
        "transpose": lambda x, axes=None: pt.transpose(x, axes), "expand_dims": lambda x, axes: pt.expand_dims(x, axes),
        "softmax": lambda x, axes=(-1,): special.softmax(x, axis=axes[0]),
        "log_softmax": lambda x, axes=(-1,): special.log_softmax(x, axis=axes[0]), "true": True, "false": False}


# Of one number: what the body of a numba loop may call.
SCALAR_FUNCTIONS = {"exp": math.exp, "log": math.log, "sqrt": math.sqrt, "abs": abs, "maximum": max, "minimum": min,
                    "erf": math.erf, "erfc": math.erfc, "tanh": math.tanh}
