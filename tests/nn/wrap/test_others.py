import numpy as np
import pytest

from cellnet import nn
from cellnet.tensor import Tensor


def test_parameter_update_assigns(mode):
    del mode
    net = nn.Dense(1, 2)
    update = nn.ParameterUpdate(net.weight)
    for value in (3.0, 4.0):
        new = Tensor(np.full((2, 1), value, np.float32))
        assert update(new).asnumpy().tolist() == [[value], [value]]
        assert net.weight.asnumpy().tolist() == [[value], [value]]
    with pytest.raises(TypeError):
        nn.ParameterUpdate(Tensor(1.0))


@pytest.mark.parametrize("sens", [None, 3.0, Tensor(3.0)])
def test_with_grad_cell_differentiates_trainable_parameters(mode, sens):
    del mode
    net = nn.Dense(2, 1)
    x, y = Tensor([[1.0, 2.0]]), Tensor([[0.5]])
    weight, bias = nn.WithGradCell(net, nn.MSELoss(), sens)(x, y)
    error = float(net(x)) - 0.5
    factor = 1.0 if sens is None else 3.0
    np.testing.assert_allclose(
        weight.asnumpy(), factor * 2 * error * x.asnumpy(), rtol=1e-5
    )
    np.testing.assert_allclose(bias.asnumpy(), [factor * 2 * error], rtol=1e-5)


def test_graph_cell_runs_what_was_loaded():
    net = nn.Dense(2, 2)
    x = Tensor([[1.0, 2.0]])
    zeros = Tensor(np.zeros((2, 2), np.float32))
    cell = nn.GraphCell(net, {"weight": zeros, "unknown": zeros})
    np.testing.assert_array_equal(cell(x).asnumpy(), net.bias.asnumpy()[None])
    assert nn.GraphCell(lambda x: x * 2)(x).asnumpy().tolist() == [[2, 4]]
    for wrong in (3, None):
        with pytest.raises(TypeError):
            nn.GraphCell(wrong)
    with pytest.raises(TypeError):
        nn.GraphCell(net, {"weight": 3})


def test_virtual_dataset_cell_is_the_network():
    net = nn.VirtualDatasetCellTriple(nn.BiDense(1, 1, 1))
    a, b = Tensor([[2.0]]), Tensor([[3.0]])
    assert net(a, b).shape == (1, 1)
    assert [p.name for p in net.get_parameters()] == ["weight", "bias"]


def test_grad_reducer_divides_by_its_degree():
    grads = (Tensor([4.0]), Tensor([8.0]))
    params = nn.Dense(1, 1).trainable_params()
    same = nn.DistributedGradReducer(params)(grads)
    assert [float(g) for g in same] == [4, 8]
    mean = nn.DistributedGradReducer(params, mean=True, degree=4)(grads)
    assert [float(g) for g in mean] == [1, 2]
    for degree in (0, 1.5):
        with pytest.raises(ValueError, match="degree"):
            nn.DistributedGradReducer(params, degree=degree)


def test_networks_made_without_initial_values_work():
    with nn.no_init_parameters():
        net = nn.Dense(2, 3)
    assert net(Tensor([[1.0, 2.0]])).shape == (1, 3)
