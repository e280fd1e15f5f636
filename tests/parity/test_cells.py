"""State dicts, hooks and small properties of Cells; devices and generators."""

import json

import pytest

TEXTS = [
    "keys_of(network())",
    "keys_of(network(), prefix='a.')",
    "keys_of(shared())",
    "loaded({})",
    "loaded({'foo': Tensor([1.0])})",
    "loaded({'foo': Tensor([1.0]), '0.bar': 1, '3.x': 2}, strict=False)",
    "loaded({}, without=['0.scale', '1.weight'])",
    "loaded({}, strict=False, without=['0.scale', '0._extra_state', '1.weight'])",
    "loaded({'0.scale': Tensor([1.0, 2.0])})",
    "loaded({'0.scale': 3})",
    "loaded({'1._extra_state': 3})",
    "network().load_state_dict(3)",
    "traced_saving()",
    "traced_loading()",
    "traced_loading(['0.shift', '0.dense.bias'])",
    "hook_that_answers()",
    "forward_hooks()",
    "always_called()",
    "backward_hooks('plus')",
    "backward_hooks('plus', 'twice')",
    "backward_hooks('twice', 'after', 'plus')",
    "backward_hooks('after', 'after')",
    "settings()",
    "generators()",
    "devices()",
    "network().get_sub_cell('0.dense') is None",
    "network().get_sub_cell('0.scale')",
    "network().get_sub_cell('0.foo')",
    "nn.Dense(2, 2).get_extra_state()",
    "nn.Dense(2, 2).set_boost('foo')",
    "nn.Dense(2, 2).set_mixed_precision_type('FP16')",
    "nn.Dense(2, 2).register_backward_pre_hook(3)",
    "nn.Dense(2, 2).register_forward_hook(3)",
    "setattr(nn.SGD(nn.Dense(2, 2).trainable_params()), 'unique', 3)",
    "ms.Generator().manual_seed('a')",
    "ms.set_rng_state(Tensor([1, 2]))",
    "ms.set_rng_state(3)",
    "hal.device_count('foo')",
    "hal.device_count('GPU')",
    "hal.get_device_name(1)",
    "hal.is_available('foo')",
    "hal.Event(enable_timing=1)",
    "hal.Event(True).elapsed_time(hal.Event(True))",
    "ms.set_recursion_limit(0)",
    "ms.set_recursion_limit('a')",
]


@pytest.fixture(scope="module")
def found(run_both):
    both = run_both("cells:texts", {"texts": json.dumps(TEXTS)})
    return [each["texts"].tolist() for each in both]


@pytest.mark.parametrize("number", range(len(TEXTS)), ids=TEXTS)
def test_texts_give_the_same(found, number):
    ours, theirs = (texts[number] for texts in found)
    assert ours == theirs
