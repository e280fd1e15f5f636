"""A network of one's own, trained by Model on arrays, each epoch one compiled loop."""

import numpy as np

import cellnet as ms
from cellnet import Model, Tensor, nn, ops
from cellnet.train import LossMonitor, save_checkpoint

ms.set_seed(1)
x = np.random.normal(size=(4096, 8)).astype(np.float32)
y = np.sin(x.sum(axis=1, keepdims=True))


class Net(nn.Cell):
    def __init__(self):
        super().__init__()
        self.hidden = nn.Dense(8, 64)
        self.out = nn.Dense(64, 1)

    def construct(self, x):
        return self.out(ops.tanh(self.hidden(x)))


net = Net()
optimizer = nn.Adam(net.trainable_params(), learning_rate=0.01)
model = Model(net, nn.MSELoss(), optimizer, metrics={"loss"})

# 20 epochs of 128 steps, each epoch one compiled loop over data on the device
model.train(20, (x, y), callbacks=LossMonitor(), dataset_sink_mode=True)
found = model.eval((x, y), dataset_sink_mode=True)
print(found)
assert found["loss"] < 0.1
print(net(Tensor(x[:2])))
save_checkpoint(net, "sine.ckpt")  # MindSpore's own format
