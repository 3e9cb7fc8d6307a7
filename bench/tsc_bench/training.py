"""W12: one step of training 784-512-512-10 by Adam, batch 128: loss, gradients, and all parameters updated."""

import subprocess
import tempfile
from pathlib import Path

import numpy as np

from . import native
from .measure import Contender
from .peers import Absent, imported
from .stats import max_ulp
from .timing import python_timer

RATE, BETA1, BETA2, EPSILON = 0.001, 0.9, 0.999, 1e-8
LOSS = """h1 = relu(matmul(x, w1) + b1)
h2 = relu(matmul(h1, w2) + b2)
logits = matmul(h2, w3) + b3
loss = mean(cross_entropy(logits, labels))"""
NAMES = ("w1", "b1", "w2", "b2", "w3", "b3")


class Step:
    def __init__(self, sizes=(784, 512, 512, 10), batch=128):
        self.sizes, self.batch = sizes, batch
        random = np.random.default_rng(1)
        self.shapes = {}
        for i, (rows, columns) in enumerate(zip(sizes, sizes[1:]), 1):
            self.shapes |= {f"w{i}": (rows, columns), f"b{i}": (columns,)}
        self.parameters = {n: (random.standard_normal(s) * (1 / np.sqrt(s[0]) if len(s) > 1 else 0.1)).astype(np.float32)
                           for n, s in self.shapes.items()}
        self.x = random.standard_normal((batch, sizes[0])).astype(np.float32)
        self.labels = random.integers(0, sizes[-1], batch)

    def flops(self):
        return 6 * self.batch * sum(a * b for a, b in zip(self.sizes, self.sizes[1:]))

    def state(self):
        """Parameters, first and second moments, in the order of NAMES; all of them beginnings."""
        zeros = [np.zeros(self.shapes[n], np.float32) for n in NAMES]
        return [self.parameters[n].copy() for n in NAMES] + zeros + [z.copy() for z in zeros]

    def reference(self):
        """Loss and parameters after the first step, in f64, with derivatives by hand."""
        p = {n: v.astype(np.float64) for n, v in self.parameters.items()}
        x = self.x.astype(np.float64)
        z1 = x @ p["w1"] + p["b1"]
        h1 = np.maximum(z1, 0)
        z2 = h1 @ p["w2"] + p["b2"]
        h2 = np.maximum(z2, 0)
        logits = h2 @ p["w3"] + p["b3"]
        e = np.exp(logits - logits.max(1, keepdims=True))
        probability = e / e.sum(1, keepdims=True)
        row = np.arange(self.batch)
        loss = -np.log(probability[row, self.labels]).mean()
        d3 = probability.copy()
        d3[row, self.labels] -= 1
        d3 /= self.batch
        d2 = (d3 @ p["w3"].T) * (z2 > 0)
        d1 = (d2 @ p["w2"].T) * (z1 > 0)
        g = {"w3": h2.T @ d3, "b3": d3.sum(0), "w2": h1.T @ d2, "b2": d2.sum(0), "w1": x.T @ d1, "b1": d1.sum(0)}
        # Adam's first step: m and v over their corrections are g and g^2
        return loss, [p[n] - RATE * g[n] / (np.abs(g[n]) + EPSILON) for n in NAMES]

    def graph(self, tsc):
        """The step as a graph file: `tsc grad` adds the derivatives, lines below them the updates."""
        lines = ["tsc 1", f"input x: f32[{self.batch}, {self.sizes[0]}]", f"input labels: i64[{self.batch}]",
                 "input c1: f32", "input c2: f32"]
        for prefix in ("", "m_", "v_"):
            lines += [f"input {prefix}{n}: f32[{', '.join(map(str, self.shapes[n]))}]" for n in NAMES]
        loss = "\n".join([*lines, LOSS, "output loss"]) + "\n"
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "loss.tsc"
            file.write_text(loss)
            run = subprocess.run([str(tsc), "grad", str(file), "--of", "loss", "--wrt", ",".join(NAMES)], capture_output=True,
                                 text=True)
        if run.returncode:
            raise RuntimeError(f"tsc grad: {run.stderr.strip()}")
        written = run.stdout
        lines = [line for line in written.splitlines() if not line.startswith("output ")]
        for n in NAMES:
            lines += [f"new_m_{n} = {BETA1} * m_{n} + {1 - BETA1:.10g} * d_loss_d_{n}",
                      f"new_v_{n} = {BETA2} * v_{n} + {1 - BETA2:.10g} * square(d_loss_d_{n})",
                      f"new_{n} = {n} - {RATE} * (new_m_{n} * c1) / (sqrt(new_v_{n} * c2) + {EPSILON})"]
        outputs = ["loss", *(f"new_{p}{n}" for p in ("", "m_", "v_") for n in NAMES)]
        return "\n".join([*lines, "output " + ", ".join(outputs)]) + "\n"


def corrections(step):
    return np.float32(1 / (1 - BETA1 ** step)), np.float32(1 / (1 - BETA2 ** step))


def tsc_step(step, tsc):
    """Two sets of arrays take turns: what one call writes the next reads."""
    program = native.Program(step.graph(tsc))
    sets = [[], []]
    for made in sets:
        for value in step.state():
            array = native.aligned(value.shape, np.float32)
            array[...] = value
            made.append(array)
    x, labels = native.aligned(step.x.shape, np.float32), native.aligned(step.labels.shape, np.int64)
    x[...], labels[...] = step.x, step.labels
    loss = native.aligned((), np.float32)
    factors = [np.array(c) for c in corrections(1)]
    by_name = dict(zip((p + n for p in ("", "m_", "v_") for n in NAMES), range(18)))
    for old, new in ((0, 1), (1, 0)):
        given = {"x": x, "labels": labels, "c1": factors[0], "c2": factors[1]}
        program.bind([given[n] if n in given else sets[old][by_name[n]] for n in program.inputs],
                     [loss if n == "loss" else sets[new][by_name[n.removeprefix("new_")]] for n in program.outputs])

    def results():
        for made in sets:
            for array, value in zip(made, step.state()):
                array[...] = value
        program.timer()(1)
        return [loss.copy(), *(a.copy() for a in sets[1][:6])]
    made = {"tsc": Contender(program.timer(), results), "tsc, 1 thread": Contender(program.timer(one_thread=True))}
    return made, program


def jax_step(step, threads):
    jax = imported("jax")
    import jax.numpy as jnp
    labels, x = jax.device_put(step.labels.astype(np.int32)), jax.device_put(step.x)

    def loss_of(p):
        h = x
        for i in (0, 2, 4):
            h = h @ p[i] + p[i + 1]
            if i < 4:
                h = jax.nn.relu(h)
        return -jnp.take_along_axis(jax.nn.log_softmax(h), labels[:, None], 1).mean()

    def update(state, x_, labels_, c1, c2):
        p, m, v = state[:6], state[6:12], state[12:]
        loss, g = jax.value_and_grad(loss_of)(p)
        m = [BETA1 * a + (1 - BETA1) * b for a, b in zip(m, g)]
        v = [BETA2 * a + (1 - BETA2) * b * b for a, b in zip(v, g)]
        p = [a - RATE * (b * c1) / (jnp.sqrt(c * c2) + EPSILON) for a, b, c in zip(p, m, v)]
        return loss, [*p, *m, *v]

    compiled = jax.jit(update, donate_argnums=0)
    factors = corrections(1)
    held = {"state": [jax.device_put(a) for a in step.state()]}

    def call():
        loss, held["state"] = compiled(held["state"], x, labels, *factors)
        jax.block_until_ready(held["state"])
        return loss

    def results():
        held["state"] = [jax.device_put(a) for a in step.state()]
        loss = call()
        return [np.asarray(loss), *(np.array(a) for a in held["state"][:6])]
    return Contender(python_timer(call), results)


def torch_step(step, threads):
    torch = imported("torch")
    from torch.nn import functional as F
    torch.set_num_threads(threads)
    x, labels = torch.from_numpy(step.x), torch.from_numpy(step.labels)
    state = [torch.from_numpy(a) for a in step.state()]
    c1, c2 = map(float, corrections(1))

    def loss_of(p):
        h = F.relu(F.linear(x, p[0].t(), p[1]))
        h = F.relu(F.linear(h, p[2].t(), p[3]))
        return F.cross_entropy(F.linear(h, p[4].t(), p[5]), labels)

    def update(state):
        p, m, v = state[:6], state[6:12], state[12:]
        g, loss = torch.func.grad_and_value(loss_of)(p)
        for a, b, c, d in zip(p, m, v, g):
            b.mul_(BETA1).add_(d, alpha=1 - BETA1)
            c.mul_(BETA2).addcmul_(d, d, value=1 - BETA2)
            a.sub_(RATE * (b * c1) / ((c * c2).sqrt() + EPSILON))
        return loss

    compiled = torch.compile(update, dynamic=False)

    def call():
        with torch.no_grad():
            return compiled(state)

    def results():
        for a, b in zip(state, step.state()):
            a.copy_(torch.from_numpy(b))
        loss = call()
        return [loss.numpy(), *(a.numpy().copy() for a in state[:6])]
    call()
    return Contender(python_timer(call), results)


def error(results, reference):
    """In ULP of each array's largest item: small parameters have no digits of their own after an update."""
    loss, parameters = reference
    worst = max_ulp(results[0], loss)
    for got, exact in zip(results[1:], parameters):
        unit = np.spacing(np.float32(np.abs(exact).max()))
        worst = max(worst, float(np.abs(got - exact).max() / unit))
    return worst


def contenders(step, tsc, threads, peers):
    made, program = tsc_step(step, tsc)
    absent = {}
    for name, build in (("jax", jax_step), ("torch", torch_step)) if peers else ():
        try:
            made[name] = build(step, threads)
            made[name].time(1)
        except Absent as e:
            absent[name] = str(e)
        except Exception as e:
            absent[name] = f"it failed: {type(e).__name__}: {str(e).strip().splitlines()[:1]}"
            made.pop(name, None)
    return made, absent, program
