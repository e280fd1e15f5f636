import numpy as np
import pytest

from cellnet import context, random
from cellnet.tensor import Tensor


@pytest.fixture(autouse=True)
def _fixed_seed():
    random.set_seed(7)
    yield
    context.reset_context()


@pytest.fixture(params=[context.GRAPH_MODE, context.PYNATIVE_MODE])
def mode(request):
    """Run the test compiled and as it comes."""
    context.set_context(mode=request.param)
    return request.param


@pytest.fixture
def normal():
    """Makes float32 Tensors of normal numbers, the same in every run."""
    generator = np.random.default_rng(3)

    def make(*shape):
        return Tensor(generator.standard_normal(shape).astype(np.float32))

    return make
