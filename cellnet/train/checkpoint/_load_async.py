"""load_checkpoint_async: a file is read while the program goes on."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from cellnet.nn.cell import Cell
from cellnet.train.checkpoint._load import load_checkpoint


def load_checkpoint_async(
    ckpt_file_name: str | os.PathLike[str],
    net: Cell | None = None,
    strict_load: bool = False,
    filter_prefix: str | list[str] | tuple[str, ...] | None = None,
    dec_key: bytes | None = None,
    dec_mode: str = "AES-GCM",
    specify_prefix: str | list[str] | tuple[str, ...] | None = None,
    choice_func: Callable[[str], bool] | None = None,
) -> Future[dict[str, Any]]:
    """``load_checkpoint`` in a thread of its own.

    Args:
        ckpt_file_name, ...: as in ``load_checkpoint``. A ``net`` must not be used
            before the result is there.

    Returns:
        A future, whose ``result()`` waits and gives what ``load_checkpoint`` gives.

    Raises:
        At ``result()``: what ``load_checkpoint`` raises.

    Example:
        >>> loading = load_checkpoint_async("dense.ckpt")
        >>> loading.result()["weight"].shape
        (3, 2)

    Source: mindspore.load_checkpoint_async.
    """
    executor = ThreadPoolExecutor(1, thread_name_prefix="cellnet-async-load")
    try:
        return executor.submit(
            load_checkpoint,
            ckpt_file_name,
            net,
            strict_load,
            filter_prefix,
            dec_key,
            dec_mode,
            specify_prefix,
            choice_func,
        )
    finally:
        executor.shutdown(wait=False)
