"""AutoParallel on one device: the network itself."""

import numpy as np
import pytest

from cellnet import Model, nn
from cellnet.mindspore.auto_parallel import AutoParallel
from tests.train._training import LeastSquares, descend, least_squares_data, weights_of


@pytest.mark.parametrize("sink", [True, False])
def test_training_is_that_of_the_network(sink):
    net = LeastSquares()
    optimizer = nn.SGD(net.trainable_params(), 0.1)
    parallel = AutoParallel(net, "recursive_programming")
    parallel.dataset_strategy("full_batch")
    parallel.hsdp()
    parallel.pipeline(1)
    assert parallel.get_pipeline_stages() == 1
    assert [name for name, *_ in parallel.settings] == ["dataset_strategy", "hsdp"]
    Model(parallel, optimizer=optimizer).train(
        1, least_squares_data(), dataset_sink_mode=sink
    )
    np.testing.assert_allclose(weights_of(net)["w"], descend([1, 1]), rtol=1e-4)


@pytest.mark.parametrize(
    ("kind", "call"),
    [
        (TypeError, lambda: AutoParallel(3)),
        (ValueError, lambda: AutoParallel(LeastSquares(), "other")),
        (ValueError, lambda: AutoParallel(LeastSquares()).pipeline(2)),
    ],
)
def test_errors(kind, call):
    with pytest.raises(kind):
        call()
