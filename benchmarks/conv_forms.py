"""Which form of convolution is fastest on the CPU backend, and what a step gains.

    python benchmarks/conv_forms.py [--table shapes|steps] [--clock wall|cpu]

Table ``shapes``: one training step of a convolution inside ``lax.scan``, by form and
shape; the constants of ``cellnet/ops/lowering/_conv_cpu.py`` come from it.
Table ``steps``: LeNet5 and a net of five 64-channel convolutions, step by step
(``jit``) and in ``lax.scan``, by cellnet's entry points and by XLA's own operations.

A step is forward, backward, SGD with momentum.  Repetitions of all cases of a row are
interleaved, so that a busy machine slows them alike; compilation is apart.  Trust the
ratios, not the milliseconds.  Where others use the machine, count CPU time on one core:
``taskset -c 0 python benchmarks/conv_forms.py --clock cpu``.
"""

from __future__ import annotations

import argparse
import contextlib
import functools
import os
import statistics
import time
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import conv_candidates
import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from cellnet.graph import xla_options
from cellnet.ops import lowering
from cellnet.ops.lowering import _conv_cpu, _form_canonical, _form_patches, _form_tiles

CLASSES = 10


FORMS: dict[str, Any] = {
    "chosen": None,
    "patches": _form_patches,
    "canonical": _form_canonical,
    "tiles": _form_tiles,
    "y by patches": conv_candidates.patches_y,
    "dx by patches": conv_candidates.patches_dx,
    "dw by patches": conv_candidates.patches_dw,
    "batch last": conv_candidates.batch_last,
    "per image": conv_candidates.per_image,
    "per tap": conv_candidates.per_tap,
}


@contextlib.contextmanager
def only(form: Any) -> Iterator[None]:
    """Run every convolution by ``form`` (None: as the package chooses)."""
    chosen = _conv_cpu.choose
    if form is not None:
        _conv_cpu.choose = lambda *_: form
    try:
        yield
    finally:
        _conv_cpu.choose = chosen


# Networks


class Ops(NamedTuple):
    conv: Callable
    max_pool: Callable


def _xla_max_pool(x, *, window, stride):
    box, step = (1, 1, window, window), (1, 1, stride, stride)
    return lax.reduce_window(x, -jnp.inf, lax.max, box, step, "VALID")


def _xla_conv(x, w, *, stride=1, padding=0):
    return lax.conv_general_dilated(x, w, (stride,) * 2, ((padding, padding),) * 2)


CELLNET = Ops(lowering.conv, lowering.max_pool)
XLA = Ops(_xla_conv, _xla_max_pool)


class Net(NamedTuple):
    params: tuple[tuple[int, ...], ...]
    image: tuple[int, ...]  # (N, C, H, W)
    logits: Callable[[Ops, list[jax.Array], jax.Array], jax.Array]


def _lenet5_logits(ops, p, x):
    for w in p[:2]:
        x = ops.max_pool(jax.nn.relu(ops.conv(x, w)), window=2, stride=2)
    x = x.reshape(len(x), -1)
    for w, b in ((p[2], p[3]), (p[4], p[5])):
        x = jax.nn.relu(x @ w + b)
    return x @ p[6] + p[7]


LENET5 = Net(
    (
        (6, 1, 5, 5),
        (16, 6, 5, 5),
        (400, 120),
        (120,),
        (120, 84),
        (84,),
        (84, 10),
        (10,),
    ),
    (32, 1, 32, 32),
    _lenet5_logits,
)


class Shape(NamedTuple):
    batch: int
    channels: int
    outputs: int
    size: int
    kernel: int
    stride: int = 1

    def __str__(self) -> str:
        return (
            f"N{self.batch} {self.channels}->{self.outputs} {self.size}x{self.size}"
            f" k{self.kernel} s{self.stride}"
        )


def chain(shape: Shape, depth: int = 1) -> Net:
    """A 1x1 convolution, then ``depth`` convolutions, each with bias and ReLU."""
    batch, channels, outputs, size, kernel, stride = shape

    def logits(ops, p, x):
        x = jax.nn.relu(ops.conv(x, p[0]))
        for w, b in zip(p[1 : depth + 1], p[depth + 1 : -1], strict=True):
            y = ops.conv(x, w, stride=stride, padding=kernel // 2)
            x = jax.nn.relu(y + b[:, None, None])
        return x.mean((2, 3)) @ p[-1]

    weights = ((outputs, channels, kernel, kernel),) * depth
    biases = ((outputs,),) * depth
    params = ((channels, 2, 1, 1), *weights, *biases, (outputs, CLASSES))
    return Net(params, (batch, 2, size, size), logits)


def steps_of(net: Net, ops: Ops, count: int) -> tuple[Callable, Callable]:
    """``count`` training steps: one call each, and one scan; both compiled."""

    def loss(params, x, label):
        scores = jax.nn.log_softmax(net.logits(ops, params, x))
        return -jnp.take_along_axis(scores, label[:, None], 1).mean()

    def step(state, batch):
        params, velocity = state
        value, grads = jax.value_and_grad(loss)(params, *batch)
        velocity = [0.9 * v + g for v, g in zip(velocity, grads, strict=True)]
        params = [p - 0.01 * v for p, v in zip(params, velocity, strict=True)]
        return (params, velocity), value

    rng = np.random.default_rng(0)
    params = [jnp.asarray(rng.normal(size=s) * 0.05, jnp.float32) for s in net.params]
    images = jnp.asarray(rng.normal(size=(count, *net.image)), jnp.float32)
    labels = jnp.asarray(rng.integers(0, CLASSES, (count, net.image[0])))
    state = (params, [jnp.zeros_like(p) for p in params])
    batches = [(images[i], labels[i]) for i in range(count)]
    one = xla_options.jit(step).lower(state, batches[0]).compile()
    scan = xla_options.jit(functools.partial(lax.scan, step))
    scan = scan.lower(state, (images, labels))
    scan = scan.compile()

    def by_step():
        now, losses = state, []
        for batch in batches:
            now, value = one(now, batch)
            losses.append(value)
        return now, jnp.stack(losses)

    def by_scan():
        return scan(state, (images, labels))

    return by_step, by_scan


# Measuring


class Clock(NamedTuple):
    now: Callable[[], float]
    repeats: int


def measure(cases: dict[str, Callable], clock: Clock) -> dict[str, tuple[float, float]]:
    """Minimum and median seconds of each case, repetitions interleaved."""
    seconds: dict[str, list[float]] = {name: [] for name in cases}
    for call in cases.values():
        jax.block_until_ready(call())  # burn-in
    for _ in range(clock.repeats):
        for name, call in cases.items():
            start = clock.now()
            jax.block_until_ready(call())
            seconds[name].append(clock.now() - start)
    return {name: (min(s), statistics.median(s)) for name, s in seconds.items()}


def agree(cases: dict[str, Callable]) -> None:
    """All cases of a row train alike: their losses are equal to 1e-3."""
    losses = {name: np.asarray(call()[1]) for name, call in cases.items()}
    first = next(iter(losses.values()))
    for name, value in losses.items():
        np.testing.assert_allclose(value, first, rtol=1e-3, err_msg=name)


SHAPES = (
    Shape(32, 6, 16, 14, 5),
    Shape(4, 6, 16, 14, 5),
    Shape(1, 6, 16, 14, 5),
    Shape(32, 3, 16, 32, 3),
    Shape(32, 3, 64, 32, 3),
    Shape(32, 1, 8, 64, 7),
    Shape(32, 8, 8, 28, 3),
    Shape(32, 12, 12, 28, 3),
    Shape(32, 16, 16, 32, 3),
    Shape(4, 16, 16, 32, 3),
    Shape(32, 32, 32, 16, 3),
    Shape(16, 32, 32, 16, 3),
    Shape(32, 64, 64, 16, 3),
    Shape(32, 64, 64, 8, 3),
    Shape(8, 64, 64, 32, 3),
    Shape(32, 128, 128, 8, 3),
    Shape(8, 512, 512, 4, 3),
    Shape(32, 32, 32, 28, 5),
    Shape(32, 16, 32, 32, 3, 2),
    Shape(32, 64, 128, 16, 3, 2),
    Shape(8, 64, 128, 56, 3, 2),
    Shape(8, 3, 64, 112, 7, 2),
)


def table_of_shapes(clock: Clock) -> list[str]:
    """MiB of patches, ms of the fastest form, ratio of each form to it, by minimum."""
    rows = [" | ".join(["shape", "MiB", "best ms", *FORMS])]
    for shape in SHAPES:
        flops = 6 * shape.outputs * shape.channels * shape.kernel**2 * shape.batch
        flops *= (shape.size // shape.stride) ** 2
        count = max(2, int(3e8 / flops))
        cases = {}
        for name, form in FORMS.items():
            with only(form):
                cases[name] = steps_of(chain(shape), CELLNET, count)[1]
        agree(cases)
        best_of = {name: least for name, (least, _) in measure(cases, clock).items()}
        best = min(best_of.values())
        positions = (shape.size // shape.stride) ** 2
        patches = shape.batch * positions * shape.channels * shape.kernel**2 * 4
        ratios = [f"{best_of[name] / best:.2f}" for name in FORMS]
        cells = [str(shape), f"{patches / 2**20:.1f}", f"{best / count * 1e3:.2f}"]
        rows.append(" | ".join([*cells, *ratios]))
        print(rows[-1], flush=True)
    return rows


def table_of_steps(clock: Clock) -> list[str]:
    """Milliseconds per step (minimum, median) and ratio to cellnet's scan."""
    rows = ["net | ops | run | min ms | median ms | ratio of min"]
    for title, net, count in (
        ("LeNet5, batch 32", LENET5, 50),
        ("5 x 64 channels, 16x16", chain(Shape(32, 64, 64, 16, 3), depth=5), 2),
    ):
        cases = {}
        for name, ops in (("cellnet", CELLNET), ("XLA", XLA)):
            by_step, by_scan = steps_of(net, ops, count)
            cases[f"{name} | scan"], cases[f"{name} | jit"] = by_scan, by_step
        agree(cases)
        seconds = measure(cases, clock)
        base = seconds["cellnet | scan"][0]
        for name, (least, median) in seconds.items():
            times = f"{least / count * 1e3:.2f} | {median / count * 1e3:.2f}"
            rows.append(f"{title} | {name} | {times} | {least / base:.2f}")
            print(rows[-1], flush=True)
    return rows


CLOCKS = {"wall": time.perf_counter, "cpu": time.process_time}
TABLES = {"shapes": table_of_shapes, "steps": table_of_steps}


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--table", choices=TABLES, action="append")
    parser.add_argument("--repeats", type=int, default=7, help="of every case")
    parser.add_argument("--clock", choices=CLOCKS, default="wall")
    options = parser.parse_args()
    clock = Clock(CLOCKS[options.clock], options.repeats)
    jax.config.update("jax_platforms", "cpu")
    print(f"jax {jax.__version__}, {os.cpu_count()} CPU cores")
    for name in options.table or TABLES:
        rows = TABLES[name](clock)
        print(f"\n{TABLES[name].__doc__}\n", *rows, "", sep="\n")


if __name__ == "__main__":
    main()
