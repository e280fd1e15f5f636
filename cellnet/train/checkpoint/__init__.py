"""MindSpore's ``.ckpt`` files: reading and writing, without MindSpore."""

from cellnet.train.checkpoint._read import read_ckpt
from cellnet.train.checkpoint._write import write_ckpt

__all__ = ["read_ckpt", "write_ckpt"]
