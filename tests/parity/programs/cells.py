"""State dicts, hooks and small properties of Cells; devices and generators.

The tests run this file twice as it stands: by MindSpore, and by cellnet.
"""

import json

import mindspore as ms
import mindspore.nn as nn
import numpy as np
from mindspore import Parameter, Tensor, hal, ops
from mindspore.nn.cell import MixedPrecisionType  # noqa: F401  # the texts name it

STATS = [
    *("total_reserved", "total_allocated", "total_idle", "total_eager_free"),
    *("max_reserved", "max_allocated"),
]


class Scaled(nn.Cell):
    """A Parameter, a buffer, a child, and state of another kind."""

    def __init__(self, power=1):
        super().__init__()
        self.register_buffer("shift", Tensor([1.0], ms.float32))
        self.scale = Parameter(Tensor([2.0], ms.float32), name="scale")
        self.dense = nn.Dense(2, 2, weight_init="ones")
        self.power = power

    def construct(self, x):
        return self.dense(x) * self.scale + self.shift

    def get_extra_state(self):
        return self.power

    def set_extra_state(self, state):
        self.power = state


def network():
    return nn.SequentialCell(Scaled(), nn.Dense(2, 1, "ones", has_bias=False))


def texts(inputs):
    """What each text is evaluated to as JSON, or the error's type."""
    ms.set_context(mode=ms.PYNATIVE_MODE)
    found = []
    for text in json.loads(str(inputs["texts"])):
        try:
            found.append(json.dumps(eval(text)))
        except Exception as error:
            found.append(f"error: {type(error).__name__}")
    return {"texts": found}


def keys_of(cell, **options):
    return list(cell.state_dict(**options))


def shared():
    cell = nn.Dense(2, 2, has_bias=False)
    return nn.CellList([cell, cell])


def loaded(changes, strict=True, without=()):
    """What loading a state with changes reports, and what the Cell holds after it."""
    source = network()
    source[0].power = 5
    state = {k: v for k, v in source.state_dict().items() if k not in without}
    net = network()
    result = net.load_state_dict({**state, **changes}, strict=strict)
    return [result.missing_keys, result.unexpected_keys, net[0].power]


def traced_saving():
    net, calls = network(), []

    def before(cell, prefix, keep_vars):
        calls.append(["before", type(cell).__name__, prefix, keep_vars])

    def after(cell, state, prefix, metadata):
        metadata["version"] = 2
        calls.append(["after", type(cell).__name__, prefix, list(state)])

    for cell in (net, net[0], net[1]):
        cell.register_state_dict_pre_hook(before)
        handle = cell.register_state_dict_post_hook(after)
    handle.remove()
    net.state_dict()
    return calls


def traced_loading(without=()):
    net, calls, later = network(), [], []

    def before(cell, state, prefix, metadata, strict, missing, unexpected, problems):
        calls.append([type(cell).__name__, list(state), prefix, strict])
        calls.append([dict(metadata), list(unexpected), list(problems)])

    def after(cell, keys):
        later.append([type(cell).__name__, list(keys.missing_keys)])
        keys.missing_keys.clear()

    for cell in (net[1], net[0], net):
        cell.register_load_state_dict_pre_hook(before)
        cell.register_load_state_dict_post_hook(after)
    state = network().state_dict()
    for key in without:
        del state[key]
    result = list(net.load_state_dict(state))
    return [calls, later, result]


def hook_that_answers():
    net = network()
    net.register_load_state_dict_post_hook(lambda cell, keys: keys)
    return net.load_state_dict(network().state_dict())


class Times(nn.Cell):
    def construct(self, x, times=1):
        return x * times


def forward_hooks():
    """The order of hooks, and the result."""
    net, order = Times(), []
    net.register_forward_pre_hook(lambda *args: order.append("second"))
    net.register_forward_pre_hook(lambda *args: order.append("first"), prepend=True)
    net.register_forward_hook(lambda *args: order.append("fourth"))
    net.register_forward_hook(lambda *args: order.append("third"), prepend=True)
    net.register_forward_pre_hook(
        lambda cell, args, kwargs: (args, {"times": kwargs["times"] + 1}),
        with_kwargs=True,
    )
    net.register_forward_hook(
        lambda cell, args, kwargs, out: out + kwargs["times"], with_kwargs=True
    )
    return [float(net(Tensor(3.0), times=4).asnumpy()), order]


def always_called():
    net, seen = Times(), []

    def refuse(cell, args):
        raise KeyError("refused")

    net.register_forward_pre_hook(refuse)
    net.register_forward_hook(lambda *args: seen.append("not"))
    net.register_forward_hook(lambda *args: seen.append(args[-1]), always_call=True)
    try:
        net(Tensor(1.0))
    except KeyError:
        seen.append("raised")
    return seen


def backward_hooks(*kinds):
    """The gradient behind hooks, which are called in what order."""
    net, order = nn.Dense(2, 1, weight_init=3.0, has_bias=False), []

    def plus(cell, gradients):
        order.append(["plus", gradients[0].asnumpy().tolist()])
        return gradients[0] + 1

    def twice(cell, gradients):
        order.append(["twice", gradients[0].asnumpy().tolist()])
        return (gradients[0] * 2,)

    def after(cell, inputs, outputs):
        order.append(["after", outputs[0].asnumpy().tolist()])
        return (inputs[0] + outputs[0],)

    pre = {"plus": plus, "twice": twice}
    for kind in kinds:
        if kind in pre:
            net.register_backward_pre_hook(pre[kind])
        else:
            net.register_backward_hook(after)
    slope = ops.grad(lambda x: net(x).sum())
    x = Tensor(np.array([[1.0, 2.0]], np.float32))
    return [slope(x).asnumpy().tolist(), order]


def settings():
    net = network()
    before = net.get_mixed_precision_type().name
    net.to_float(ms.float16)
    optimizer = nn.SGD(net.trainable_params())
    unique, optimizer.unique = optimizer.unique, False
    weight = net[1].weight
    key, weight.key = weight.key, 4
    return [
        [before, net.get_mixed_precision_type().name, unique, optimizer.unique],
        [key, weight.key, weight.inited_param],
        [net.jit_config_dict, net.parameter_layout_dict, net.compiled],
        [net.set_broadcast_flag() is net, net.set_boost("less_bn") is net],
        net.shard(((1, 1),)),
        [list(p.shape) for p in net.to_empty().get_parameters()],
    ]


def generators():
    generator = ms.Generator()
    seeds = [generator.initial_seed(), generator.manual_seed(5).initial_seed()]
    state = generator.get_state()
    drawn = generator.seed()
    seeds.append(drawn == generator.initial_seed())
    generator.set_state(state)
    ms.manual_seed(7)
    whole = ms.get_rng_state()
    ms.set_rng_state(whole)
    return [
        [*seeds, generator.initial_seed(), ms.initial_seed()],
        [str(state.dtype), list(state.shape), state.asnumpy()[:8].tolist()],
        [str(whole.dtype), list(whole.shape), whole.asnumpy()[:8].tolist()],
        ms.seed() == ms.initial_seed(),
    ]


def devices():
    hal.synchronize()
    hal.reset_peak_memory_stats()
    return [
        [hal.device_count(), hal.device_count("CPU"), hal.get_device_name(0)],
        [hal.get_device_properties(0), hal.get_device_capability(0, "CPU")],
        [hal.is_available("CPU"), hal.is_available("GPU")],
        [hal.memory_stats()[f"{kind}_memory"] for kind in STATS],
        [hal.memory_allocated(), hal.max_memory_allocated()],
        [hal.memory_reserved(), hal.max_memory_reserved(), hal.memory_summary()],
        [*ms.get_current_device(), ms.get_current_device().device_id],
        [ms.set_recursion_limit(), hal.Event().query()],
        [str(t) for t in (ms.int_, ms.float_, ms.float8_e4m3fn, ms.float8_e5m2)],
    ]
