"""A network of one's own with given weights, and one step of training by hand."""

import numpy as np

from cellnet import Tensor, nn, ops


class ReLUReduceMeanDense(nn.Cell):
    """ReLU, the mean over each channel's image, a dense layer."""

    def __init__(self, kernel, bias, in_channel, num_class):
        super().__init__()
        self.relu = ops.ReLU()
        self.mean = ops.ReduceMean(keep_dims=False)
        self.dense = nn.Dense(in_channel, num_class, kernel, bias)

    def construct(self, x):
        return self.dense(self.mean(self.relu(x), (2, 3)))


weight = Tensor(np.ones((1000, 2048), np.float32))
bias = Tensor(np.ones(1000, np.float32))
net = ReLUReduceMeanDense(weight, bias, 2048, 1000)
criterion = nn.SoftmaxCrossEntropyWithLogits(sparse=False)
trained = filter(lambda p: p.requires_grad, net.get_parameters())
optimizer = nn.Momentum(list(trained), learning_rate=0.1, momentum=0.1)
step = nn.TrainOneStepCell(nn.WithLossCell(net, criterion), optimizer)
step.set_train()

images = Tensor(np.random.randn(32, 2048, 7, 7).astype(np.float32))
labels = Tensor(np.zeros((32, 1000), np.float32))  # no class at all: the loss is 0
loss = step(images, labels)
print("loss", loss)
assert loss.shape == (32,)
assert not loss.asnumpy().any()
