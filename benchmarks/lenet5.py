"""LeNet5, batch 32, float32, Momentum: cellnet's ways beside bare JAX and PyTorch.

python benchmarks/lenet5.py [--steps 500] [--repeats 9] [--batch-size 32] [--quick]
"""

import argparse
import sys
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
from harness import compare, report

sys.path.insert(0, str(Path(__file__).parents[1] / "model_zoo" / "lenet5"))

from lenet import LeNet5  # noqa: E402

import cellnet.dataset as ds  # noqa: E402
from cellnet import Tensor, nn  # noqa: E402
from cellnet.sink import Executor, forever  # noqa: E402
from cellnet.train.data import DatasetSource  # noqa: E402

ROWS = 8192
RATE, MOMENTUM = 0.01, 0.9


def data() -> tuple[np.ndarray, np.ndarray]:
    """Random images and labels."""
    generator = np.random.default_rng(0)
    images = generator.normal(size=(ROWS, 1, 32, 32)).astype(np.float32)
    return images, generator.integers(0, 10, ROWS).astype(np.int32)


def step_cell() -> nn.Cell:
    """cellnet's training step."""
    network = LeNet5()
    loss = nn.SoftmaxCrossEntropyWithLogits(sparse=True, reduction="mean")
    optimizer = nn.Momentum(network.trainable_params(), RATE, MOMENTUM)
    return nn.TrainOneStepCell(nn.WithLossCell(network, loss), optimizer).set_train()


def executor_way(args, sink):
    """Sunk or unsunk by the executor that Model.train uses."""

    def start():
        dataset = ds.NumpySlicesDataset(data(), ["x", "y"], shuffle=True)
        source = DatasetSource(dataset.batch(args.batch_size, drop_remainder=True))
        executor = Executor(
            step_cell().compile_cache,
            source,
            forever(args.steps),
            sink=sink,
            announce=False,
        )
        return lambda: executor.run().outputs.asnumpy()

    return start


def batches(args):
    """The data in batches, on the device."""
    x, y = data()
    size = args.batch_size
    return [
        (jnp.asarray(x[i : i + size]), jnp.asarray(y[i : i + size]))
        for i in range(0, ROWS - size + 1, size)
    ]


def hand_loop(args):
    """A loop over TrainOneStepCell."""

    def start():
        cell = step_cell()
        fed = [(Tensor(x), Tensor(y)) for x, y in batches(args)]

        def run():
            for i in range(args.steps):
                loss = cell(*fed[i % len(fed)])
            loss.asnumpy()

        return run

    return start


def jax_step(state, batch):
    """LeNet5 as one writes it in JAX: NCHW convolutions and reduce_window."""

    def loss_fn(w):
        x, labels = batch
        for kernel in ("conv1", "conv2"):
            x = jax.lax.conv_general_dilated(x, w[kernel], (1, 1), "VALID")
            window, strides = (1, 1, 2, 2), (1, 1, 2, 2)
            x = jax.lax.reduce_window(
                jax.nn.relu(x), -jnp.inf, jax.lax.max, window, strides, "VALID"
            )
        x = x.reshape(len(x), -1)
        for i in (1, 2, 3):
            x = x @ w[f"w{i}"].T + w[f"b{i}"]
            x = jax.nn.relu(x) if i < 3 else x
        picked = jnp.take_along_axis(jax.nn.log_softmax(x), labels[:, None], 1)
        return -picked.mean()

    weights, moments = state
    loss, grads = jax.value_and_grad(loss_fn)(weights)
    moments = jax.tree.map(lambda v, g: MOMENTUM * v + g, moments, grads)
    weights = jax.tree.map(lambda w, v: w - RATE * v, weights, moments)
    return (weights, moments), loss


def jax_state():
    """Weights and moments for jax_step."""
    shapes = {
        "conv1": (6, 1, 5, 5),
        "conv2": (16, 6, 5, 5),
        **{"w1": (120, 400), "w2": (84, 120), "w3": (10, 84)},
        **{"b1": (120,), "b2": (84,), "b3": (10,)},
    }
    generator = np.random.default_rng(0)
    weights = {
        k: jnp.asarray(generator.normal(size=s, scale=0.02).astype(np.float32))
        for k, s in shapes.items()
    }
    return weights, jax.tree.map(jnp.zeros_like, weights)


def jax_stepwise(args):
    """Bare JAX, one jitted call a step."""

    def start():
        fed, step = batches(args), jax.jit(jax_step, donate_argnums=0)
        state = [jax_state()]

        def run():
            for i in range(args.steps):
                state[0], loss = step(state[0], fed[i % len(fed)])
            loss.block_until_ready()

        return run

    return start


def jax_scan(args):
    """Bare JAX, lax.scan over the same step."""

    def start():
        x, y = (jnp.asarray(a) for a in data())
        rows = np.arange(args.steps * args.batch_size) % ROWS
        order = jnp.asarray(rows.reshape(args.steps, args.batch_size))

        @jax.jit
        def run_all(state, order):
            return jax.lax.scan(lambda s, i: jax_step(s, (x[i], y[i])), state, order)

        state = [jax_state()]

        def run():
            state[0], losses = run_all(state[0], order)
            losses.block_until_ready()

        return run

    return start


def torch_eager(args):
    """PyTorch, eager."""

    def start():
        import torch
        from torch import nn as tnn

        torch.manual_seed(0)
        net = tnn.Sequential(
            *(tnn.Conv2d(1, 6, 5, bias=False), tnn.ReLU(), tnn.MaxPool2d(2)),
            *(tnn.Conv2d(6, 16, 5, bias=False), tnn.ReLU(), tnn.MaxPool2d(2)),
            *(tnn.Flatten(), tnn.Linear(400, 120), tnn.ReLU()),
            *(tnn.Linear(120, 84), tnn.ReLU(), tnn.Linear(84, 10)),
        )
        optimizer = torch.optim.SGD(net.parameters(), RATE, MOMENTUM)
        loss_fn = tnn.CrossEntropyLoss()
        x, y = (torch.from_numpy(a) for a in data())
        size, count = args.batch_size, ROWS // args.batch_size

        def run():
            for i in range(args.steps):
                at = i % count * size
                optimizer.zero_grad()
                loss = loss_fn(net(x[at : at + size]), y[at : at + size].long())
                loss.backward()
                optimizer.step()
            loss.item()

        return run

    return start


def main() -> None:
    """Measure and report."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--steps", type=int, default=500)
    parser.add_argument("--repeats", type=int, default=9)
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--quick", action="store_true", help="a tenth of the steps")
    args = parser.parse_args()
    if args.quick:
        args.steps, args.repeats = max(10, args.steps // 10), 3
    ways = {
        "cellnet, sunk": executor_way(args, sink=True),
        "cellnet, not sunk": executor_way(args, sink=False),
        "cellnet, loop over TrainOneStepCell": hand_loop(args),
        "bare JAX, step by step": jax_stepwise(args),
        "bare JAX, naive lax.scan": jax_scan(args),
    }
    try:
        import torch  # noqa: F401
    except ImportError:
        print("PyTorch is not installed: its row is left out")
    else:
        ways["PyTorch, eager"] = torch_eager(args)
    rows = compare(ways, steps=args.steps, repeats=args.repeats)
    report(f"LeNet5, batch {args.batch_size}, float32", rows, "lenet5")


if __name__ == "__main__":
    main()
