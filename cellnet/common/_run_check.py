"""run_check: whether the installation works."""

from __future__ import annotations

import numpy as np

from cellnet import context, ops
from cellnet.nn.cell import Cell
from cellnet.tensor import Tensor


class _Product(Cell):
    def construct(self, x: Tensor, y: Tensor) -> Tensor:
        return ops.matmul(x, y)


def run_check() -> None:
    """Multiply two matrices in a compiled program and say so (mindspore.run_check).

    Raises:
        RuntimeError: the product is wrong.
    """
    x = np.arange(6, dtype=np.float32).reshape(2, 3)
    found = _Product()(Tensor(x), Tensor(x.T)).asnumpy()
    if not np.allclose(found, x @ x.T):
        raise RuntimeError(f"run_check: {found} is not {x @ x.T}")
    from cellnet import __version__  # the package is whole by now

    target = context.get_context("device_target")
    print(f"cellnet version: {__version__}")
    print(
        "The result of multiplication calculation is correct, cellnet has been "
        f"installed on platform [{target}] successfully!"
    )
