"""Single operations on small tensors as they come: what Python costs.

    python benchmarks/eager.py [--repeats 7] [--calls 500]

cellnet in PYNATIVE_MODE, MindSpore in its own, PyTorch, each beside jax.numpy. Every
framework runs in a process of its own, one after the other, which measures each
operation several times and tells the quickest.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from fleet import interpreters
from report import RESULTS, describe, geometric_mean, keep, machine, table

Calls = dict[str, Callable[[], Any]]
X = np.arange(16, dtype=np.float32).reshape(4, 4)
TITLES = {
    "jax": "jax.numpy",
    "cellnet": "cellnet",
    "mindspore": "MindSpore",
    "torch": "PyTorch",
}


def jax_calls() -> Calls:
    """jax.numpy, the measure of all."""
    import jax
    import jax.numpy as jnp

    a, b = jnp.asarray(X), jnp.asarray(X)
    return {
        "a + b": lambda: a + b,
        "a * 2": lambda: a * 2,
        "exp": lambda: jnp.exp(a),
        "matmul": lambda: a @ b,
        "relu": lambda: jax.nn.relu(a),
        "softmax": lambda: jax.nn.softmax(a, -1),
        "mean": lambda: a.mean(1),
        "reshape": lambda: a.reshape(2, 8),
        "transpose": lambda: jnp.transpose(a, (1, 0)),
        "concat": lambda: jnp.concatenate((a, b)),
        "a[1:3]": lambda: a[1:3],
        "a[1:3] = 0": lambda: a.at[1:3].set(0.0),
        "zeros": lambda: jnp.zeros((4, 4)),
    }


def cellnet_calls() -> Calls:
    """The same program as MindSpore's."""
    from cellnet.mindspore import install

    install()
    return mindspore_calls()


def mindspore_calls() -> Calls:
    """MindSpore in PYNATIVE_MODE."""
    import mindspore as ms
    from mindspore import Tensor, ops

    ms.set_context(mode=ms.PYNATIVE_MODE)
    a, b = Tensor(X), Tensor(X)

    def assign() -> None:
        a[1:3] = 0.0

    return {
        "a + b": lambda: a + b,
        "a * 2": lambda: a * 2,
        "exp": lambda: ops.exp(a),
        "matmul": lambda: ops.matmul(a, b),
        "relu": lambda: ops.relu(a),
        "softmax": lambda: ops.softmax(a),
        "mean": lambda: a.mean(axis=1),
        "reshape": lambda: a.reshape(2, 8),
        "transpose": lambda: ops.transpose(a, (1, 0)),
        "concat": lambda: ops.cat((a, b)),
        "a[1:3]": lambda: a[1:3],
        "a[1:3] = 0": assign,
        "zeros": lambda: ops.zeros((4, 4)),
    }


def torch_calls() -> Calls:
    """PyTorch, eager."""
    import torch

    torch.set_grad_enabled(False)
    a, b = torch.from_numpy(X.copy()), torch.from_numpy(X.copy())

    def assign() -> None:
        a[1:3] = 0.0

    return {
        "a + b": lambda: a + b,
        "a * 2": lambda: a * 2,
        "exp": lambda: torch.exp(a),
        "matmul": lambda: a @ b,
        "relu": lambda: torch.relu(a),
        "softmax": lambda: torch.softmax(a, -1),
        "mean": lambda: a.mean(1),
        "reshape": lambda: a.reshape(2, 8),
        "transpose": lambda: torch.permute(a, (1, 0)),
        "concat": lambda: torch.cat((a, b)),
        "a[1:3]": lambda: a[1:3],
        "a[1:3] = 0": assign,
        "zeros": lambda: torch.zeros((4, 4)),
    }


FRAMEWORKS: dict[str, tuple[str, str, Callable[[], Calls]]] = {
    # name: (whose interpreter, distribution, calls)
    "jax": ("cellnet", "jax", jax_calls),
    "cellnet": ("cellnet", "jax", cellnet_calls),
    "mindspore": ("mindspore", "mindspore", mindspore_calls),
    "torch": ("torch", "torch", torch_calls),
}


def measure(calls: Calls, repeats: int, count: int) -> dict[str, float]:
    """Microseconds of each call, the quickest repetition."""
    found = dict.fromkeys(calls, float("inf"))
    for _ in range(repeats + 1):  # the first compiles; it is never the quickest
        for name, call in calls.items():
            begin = time.perf_counter()
            for _ in range(count):
                call()
            seconds = (time.perf_counter() - begin) / count
            found[name] = min(found[name], seconds * 1e6)
    return found


def ask(name: str, python: str, options: list[str]) -> dict[str, Any] | None:
    """The figures of one framework, None where its environment is missing."""
    command = [python, __file__, "--only", name, *options]
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    return json.loads(done.stdout.splitlines()[-1])


def main() -> None:
    """Measure and report."""
    assert __doc__ is not None
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--calls", type=int, default=500)
    parser.add_argument("--python", action="append", default=[], metavar="NAME=PATH")
    parser.add_argument("--out", type=Path, default=RESULTS / "eager")
    parser.add_argument("--only", choices=FRAMEWORKS, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.only:
        from importlib import metadata

        _, package, calls = FRAMEWORKS[args.only]
        us = measure(calls(), args.repeats, args.calls)
        print(json.dumps({"us": us, "versions": {package: metadata.version(package)}}))
        return
    pythons = interpreters(args.python)
    options = ["--repeats", str(args.repeats), "--calls", str(args.calls)]
    answers = {
        name: answer
        for name, (python, *_) in FRAMEWORKS.items()
        if (answer := ask(name, pythons[python], options)) is not None
    }
    if "jax" not in answers:
        sys.exit("eager.py: jax.numpy could not be measured; see above")
    base = answers["jax"]["us"]
    rows = [
        [name, f"{base[name]:.1f}"]
        + [f"{answers[w]['us'][name] / base[name]:.2f}" for w in answers if w != "jax"]
        for name in base
    ]
    means = [
        f"{geometric_mean([a['us'][n] / base[n] for n in base]):.2f}"
        for way, a in answers.items()
        if way != "jax"
    ]
    rows.append(["geometric mean", "", *means])
    head = ["float32, 4 x 4", "jax.numpy, us"]
    head += [f"{TITLES[way]}, ratio" for way in answers if way != "jax"]
    facts, versions = machine(), {w: a["versions"] for w, a in answers.items()}
    title = "# Single operations, eager: time of a call"
    text = "\n\n".join([title, describe(facts, versions), table(head, rows)]) + "\n"
    keep(args.out, text, {"machine": facts, "versions": versions, "us": answers})
    print(text)


if __name__ == "__main__":
    main()
