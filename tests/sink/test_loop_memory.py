"""What XLA says that a sunk program needs, beside one step's."""

import jax
import numpy as np
import pytest

import cellnet.dataset as ds
from cellnet import Model, nn
from cellnet.sink.loop import Loop


class Convolutions(nn.Cell):
    def __init__(self):
        super().__init__()
        self.body = nn.SequentialCell(
            *(nn.Conv2d(1, 6, 5, pad_mode="valid"), nn.ReLU(), nn.MaxPool2d(2, 2)),
            *(nn.Flatten(), nn.Dense(6 * 4 * 4, 10)),
        )

    def construct(self, x):
        return self.body(x)


def dense():
    return nn.SequentialCell(
        nn.Flatten(), nn.Dense(144, 256), nn.Tanh(), nn.Dense(256, 10)
    )


@pytest.mark.parametrize("network", [Convolutions, dense])
def test_a_sink_needs_what_one_step_needs_and_its_rows(network, monkeypatch):
    """Peak bytes of 64 steps: those of one step and the row numbers, within 10 %."""
    peaks = {}
    run = Loop.run

    def measured(loop, chunk, *, single=False):
        program = loop.program
        state = (program.written_values, program.held_values, program.constants)
        compiled = loop._single if single else loop._scan
        needs = compiled.lower(*state, chunk.fixed, chunk.scanned).compile()
        needs = needs.memory_analysis()
        total = needs.temp_size_in_bytes + needs.argument_size_in_bytes
        total += needs.output_size_in_bytes - needs.alias_size_in_bytes
        rows = sum(array.nbytes for array in jax.tree.leaves(chunk.scanned))
        peaks[single] = total - rows, chunk.steps
        return run(loop, chunk, single=single)

    monkeypatch.setattr(Loop, "run", measured)
    x = np.zeros((64 * 8, 1, 12, 12), np.float32)
    data = ds.NumpySlicesDataset((x, np.zeros(len(x), np.int32)), ["x", "y"])
    data = data.batch(8)
    net = network()
    loss = nn.SoftmaxCrossEntropyWithLogits(sparse=True, reduction="mean")
    model = Model(net, loss, nn.Momentum(net.trainable_params(), 0.01, 0.9))
    for sink in (True, False):
        model.train(1, data, dataset_sink_mode=sink)
    (unsunk, one), (sunk, steps) = peaks[True], peaks[False]  # by ``single``
    assert (steps, one) == (64, 1)
    assert sunk <= 1.1 * unsunk
