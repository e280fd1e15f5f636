"""How layers of mint make their Parameters."""

from __future__ import annotations

from typing import Any

from cellnet import dtype as mstype
from cellnet.common.initializer import initializer
from cellnet.parameter import Parameter


def made(init: Any, shape: Any, name: str, dtype: Any = None) -> Parameter:
    """A trained Parameter, Float32 by default."""
    return Parameter(initializer(init, shape, dtype or mstype.float32), name=name)


def kept(init: Any, shape: Any, name: str, dtype: Any = None) -> Parameter:
    """A Parameter that is state and not trained."""
    value = initializer(init, shape, dtype or mstype.float32)
    return Parameter(value, name=name, requires_grad=False)
