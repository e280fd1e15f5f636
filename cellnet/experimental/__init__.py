"""MindSpore's experimental package: optimizers in PyTorch's form."""

from cellnet.experimental import optim

__all__ = ["optim"]
