"""What one backend does differently: convolution and pooling, and nothing else.

Functions of raw JAX arrays in MindSpore's layouts (data ``(N, C, ...)``, kernels
``(O, C // groups, ...)``).  Every convolution and every pooling of cellnet goes through
here, so that no layer has to know which backend runs it.
"""

from cellnet.ops.lowering.conv import conv, conv_input_grad, conv_weight_grad
from cellnet.ops.lowering.pool import avg_pool, max_pool

__all__ = ["avg_pool", "conv", "conv_input_grad", "conv_weight_grad", "max_pool"]
