"""Optimizers with torch's arguments (mindspore.mint.optim)."""

from cellnet.experimental.optim import SGD, Adam, AdamW

# one compiled step is one program: there is nothing left to fuse
FusedAdamW = AdamW

__all__ = ["SGD", "Adam", "AdamW", "FusedAdamW"]
