"""Networks trained from given weights on given batches.

The tests run this file twice as it stands: by MindSpore, and by cellnet.
"""

import json
import os

import mindspore as ms
import mindspore.dataset as ds
import mindspore.nn as nn
import mindspore.ops as ops
from mindspore.common.parameter import Parameter, ParameterTuple
from mindspore.train.callback import CheckpointConfig, ModelCheckpoint


class LeNet5(nn.Cell):
    def __init__(self, activation=nn.ReLU, pool=nn.MaxPool2d):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 6, 5, pad_mode="valid")
        self.conv2 = nn.Conv2d(6, 16, 5, pad_mode="valid")
        self.fc1 = nn.Dense(400, 120)
        self.fc2 = nn.Dense(120, 84)
        self.fc3 = nn.Dense(84, 10)
        self.activation = activation()
        self.pool = pool(kernel_size=2, stride=2)
        self.flatten = nn.Flatten()

    def construct(self, x):
        x = self.pool(self.activation(self.conv1(x)))
        x = self.pool(self.activation(self.conv2(x)))
        x = self.flatten(x)
        x = self.activation(self.fc1(x))
        x = self.activation(self.fc2(x))
        return self.fc3(x)


def smooth_lenet5():
    """LeNet5 as of 1998.

    ReLU and the maximum take sides, and where rounding makes two programs take
    different ones they part for good; here they cannot.
    """
    return LeNet5(nn.Tanh, nn.AvgPool2d)


class NormNet(nn.Cell):
    def __init__(self):
        super().__init__()
        self.features = nn.SequentialCell(
            nn.Conv2d(1, 4, 3, stride=2),
            nn.BatchNorm2d(4),
            nn.Sigmoid(),
            nn.Conv2d(4, 8, 3, stride=2, pad_mode="pad", padding=1),
            nn.BatchNorm2d(8, momentum=0.8),
            nn.Tanh(),
            nn.AvgPool2d(kernel_size=2, stride=2),
        )
        self.dropout = nn.Dropout(p=0.0)
        self.flatten = nn.Flatten()
        self.classify = nn.Dense(8 * 4 * 4, 10)

    def construct(self, x):
        return self.classify(self.flatten(self.dropout(self.features(x))))


class CustomStep(nn.Cell):
    """The training step of MindSpore's guide to custom training loops."""

    def __init__(self, network, optimizer, sens=1.0):
        super().__init__(auto_prefix=False)
        self.network = network
        self.weights = ParameterTuple(network.trainable_params())
        self.optimizer = optimizer
        self.grad = ops.GradOperation(get_by_list=True, sens_param=True)
        self.sens = sens

    def construct(self, data, label):
        weights = self.weights
        loss = self.network(data, label)
        sens = ops.Fill()(ops.DType()(loss), ops.Shape()(loss), self.sens)
        grads = self.grad(self.network, weights)(data, label, sens)
        return ops.depend(loss, self.optimizer(grads))


NETWORKS = {"lenet5": LeNet5, "smooth": smooth_lenet5, "norm": NormNet}
STEPS = {"built-in": nn.TrainOneStepCell, "custom": CustomStep}


def initial_weights(inputs):
    """Names and shapes, in their order, of what training starts from."""
    net = NETWORKS[str(inputs["network"])]()
    return {name: value.asnumpy() for name, value in net.parameters_dict().items()}


def build(inputs):
    ms.set_context(mode=ms.GRAPH_MODE)
    net = NETWORKS[str(inputs["network"])]()
    scope = {"nn": nn, "ops": ops, "params": net.trainable_params()}
    optimizer = eval(str(inputs["optimizer"]), scope)
    loss = nn.SoftmaxCrossEntropyWithLogits(sparse=True, reduction="mean")
    step = STEPS[str(inputs.get("step", "built-in"))]
    return net, step(nn.WithLossCell(net, loss), optimizer)


def set_weights(net, inputs):
    given = {
        key.partition(":")[2]: Parameter(ms.Tensor(value))
        for key, value in inputs.items()
        if key.startswith("weight:")
    }
    assert ms.load_param_into_net(net, given)[0] == []


def train(inputs):
    """Losses and outputs of the network, and all that the step holds after it."""
    net, step = build(inputs)
    set_weights(net, inputs)
    losses = run_steps(step, inputs["x"], inputs["y"])
    return results(net, step, losses, inputs)


def train_and_save(inputs):
    """As `train`; the checkpoint of the step is written before two steps more."""
    net, step = build(inputs)
    set_weights(net, inputs)
    x, y = inputs["x"], inputs["y"]
    run_steps(step, x[:-2], y[:-2])
    ms.save_checkpoint(step, str(inputs["path"]))
    outputs = evaluate(net, x[0])
    return {"outputs": outputs, "losses": run_steps(step, x[-2:], y[-2:])}


def load_and_train(inputs):
    """The two last steps of `train_and_save`, from its checkpoint."""
    net, step = build(inputs)
    x, y = inputs["x"], inputs["y"]
    loaded = ms.load_checkpoint(str(inputs["path"]))
    missing, unused = ms.load_param_into_net(step, loaded)
    outputs = evaluate(net, x[0])
    losses = run_steps(step, x[-2:], y[-2:])
    left = [*missing, *unused]
    return {"outputs": outputs, "losses": losses, "left": left}


def run_steps(step, x, y):
    step.set_train()
    batches = zip(x, y, strict=True)
    return [step(ms.Tensor(a), ms.Tensor(b)).asnumpy() for a, b in batches]


def evaluate(net, x):
    outputs = net.set_train(False)(ms.Tensor(x)).asnumpy()
    net.set_train()
    return outputs


def results(net, step, losses, inputs):
    state = {
        f"state:{name}": value.asnumpy()
        for name, value in step.parameters_dict().items()
    }
    outputs = evaluate(net, inputs["x"][0])
    return {"losses": losses, "outputs": outputs, **state}


def train_with_model(inputs):
    """Model.train with ModelCheckpoint; gives the files' names and last contents."""
    ms.set_context(mode=ms.GRAPH_MODE)
    net = NETWORKS[str(inputs["network"])]()
    set_weights(net, inputs)
    data = ds.NumpySlicesDataset((inputs["x"], inputs["y"]), ["x", "y"], shuffle=False)
    model = ms.Model(
        net,
        nn.SoftmaxCrossEntropyWithLogits(sparse=True, reduction="mean"),
        eval(str(inputs["optimizer"]), {"nn": nn, "params": net.trainable_params()}),
    )
    folder = str(inputs["folder"])
    config = CheckpointConfig(**json.loads(str(inputs["config"])))
    saver = ModelCheckpoint("net", folder, config)
    model.train(int(inputs["epochs"]), data, [saver], dataset_sink_mode=False)
    names = sorted(name for name in os.listdir(folder) if name.endswith(".ckpt"))
    latest = ms.load_checkpoint(saver.latest_ckpt_file_name)
    state = {f"state:{name}": value.asnumpy() for name, value in latest.items()}
    return {"names": names, **state}
