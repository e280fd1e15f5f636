"""A training step of one's own, sunk: gradient sensitivity and a loop by hand."""

import numpy as np

import cellnet as ms
import cellnet.dataset as ds
from cellnet import DatasetHelper, ParameterTuple, connect_network_with_dataset, nn, ops

ms.set_seed(1)
x = np.random.normal(size=(2048, 8)).astype(np.float32)
y = np.sin(x.sum(axis=1, keepdims=True))


class ScaledStep(nn.Cell):
    """One step whose gradients are multiplied by ``sens``."""

    def __init__(self, network, optimizer, sens=1.0):
        super().__init__(auto_prefix=False)
        self.network = network
        self.weights = ParameterTuple(network.trainable_params())
        self.optimizer = optimizer
        self.grad = ops.GradOperation(get_by_list=True, sens_param=True)
        self.sens = sens

    def construct(self, data, label):
        loss = self.network(data, label)
        sens = ops.fill(loss.dtype, loss.shape, self.sens)
        grads = self.grad(self.network, self.weights)(data, label, sens)
        return ops.depend(loss, self.optimizer(grads))


network = nn.SequentialCell(nn.Dense(8, 64), nn.Tanh(), nn.Dense(64, 1))
optimizer = nn.Momentum(network.trainable_params(), 0.01, 0.9)
step = ScaledStep(nn.WithLossCell(network, nn.MSELoss()), optimizer)
step.set_train()

data = ds.NumpySlicesDataset((x, y), ["x", "y"]).batch(32)
helper = DatasetHelper(data, dataset_sink_mode=True, sink_size=100)
sunk = connect_network_with_dataset(step, helper)
for epoch in range(10):
    if epoch == 5:
        step.sens = 2.0  # takes effect in the next sink: twice the step size
    for inputs in helper:
        loss = sunk(*inputs)
        print(f"epoch {epoch + 1}, sens {step.sens}, loss {loss.asnumpy():.5f}")
assert float(loss) < 0.45  # the mean of y^2 is 0.5
