"""What of MindSpore's boost a program may ask for by name: gathered gradients.

The rest of that package changes a network to make it faster on Ascend; XLA has the
whole step before it and needs no such help.
"""

from cellnet.boost.grad_accumulation import GradientAccumulation

__all__ = ["GradientAccumulation"]
