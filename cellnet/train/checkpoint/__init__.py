"""MindSpore's ``.ckpt`` files: reading and writing, without MindSpore."""

from cellnet.train.checkpoint._into_net import load_param_into_net
from cellnet.train.checkpoint._load import load_checkpoint
from cellnet.train.checkpoint._load_async import load_checkpoint_async
from cellnet.train.checkpoint._read import read_ckpt
from cellnet.train.checkpoint._save import (
    async_ckpt_thread_status,
    finish_async_save,
    save_checkpoint,
)
from cellnet.train.checkpoint._slices import merge_sliced_parameter
from cellnet.train.checkpoint._write import write_ckpt

__all__ = [
    "async_ckpt_thread_status",
    "finish_async_save",
    "load_checkpoint",
    "load_checkpoint_async",
    "load_param_into_net",
    "merge_sliced_parameter",
    "read_ckpt",
    "save_checkpoint",
    "write_ckpt",
]
