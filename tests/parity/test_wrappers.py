"""Functions and Cells around Cells give what they give in MindSpore."""

import json

import numpy as np
import pytest

OPTIONS = [
    "{}",
    "{'average_attn_weights': False}",
    "{'attn_mask': Tensor(np.triu(np.ones((3, 5)), 1).astype(bool))}",
    "{'attn_mask': Tensor(np.triu(np.ones((3, 5)), 1).astype(np.float32))}",
    "{'key_padding_mask': Tensor(np.arange(10).reshape(2, 5) % 4 == 3)}",
    "{'add_zero_attn': True}",
    "{'bias_k': Tensor(query[:1, :1]), 'bias_v': Tensor(query[1:2, :1])}",
    "{'static_k': Tensor(static), 'static_v': Tensor(static + 1)}",
    "{'in_proj_bias': None, 'out_proj_bias': None}",
    "{'use_separate_proj_weight': True, 'in_proj_weight': None, "
    "'q_proj_weight': Tensor(in_proj_weight[:4]), "
    "'k_proj_weight': Tensor(in_proj_weight[4:8]), "
    "'v_proj_weight': Tensor(in_proj_weight[8:])}",
]
REFUSED = [
    "ms.recompute(lambda x: x, 3)",
    *(
        f"parallel_nn.{name}({arguments})"
        for name in ("Pipeline", "GradAccumulation", "MicroBatchInterleaved")
        for arguments in ("Loss(), 0", "Loss(), 'a'")
    ),
    "parallel_nn.Pipeline(3, 2)",
    "parallel_nn.Pipeline(Loss(), 2, {'other': 1})",
    "parallel_nn.Pipeline(Loss(), 3)(ops.ones((4, 2)), ops.ones((4,)))",
    "ms.merge_sliced_parameter([])",
    "ms.merge_sliced_parameter(3)",
    "ms.merge_sliced_parameter([3])",
    "ms.merge_sliced_parameter([p(2), p(2, 3)])",
    "ms.merge_sliced_parameter([p(2)], 3)",
    "parallel.Layout([2], ('dp',))",
    "parallel.Layout((2.0,), ('dp',))",
    "parallel.Layout((2,), ('dp', 'mp'))",
    "parallel.Layout((2,), ('',))",
    "parallel.Layout((2,), ('None',))",
    "parallel.Layout((2, 2), ('dp', 'dp'))",
    "parallel.Layout((2,), ('dp',), (0, 1))",
    "parallel.Layout((2,), ('dp',), [0])",
    "parallel.Layout((2,), ('dp',))('mp')",
    "parallel.Layout((2,), ('dp',))('dp', 'dp')",
    "parallel.Layout((2,), ('dp',)).to_dict()",
    "ms.load_checkpoint_async('missing.ckpt').result()",
]
rng = np.random.default_rng(0)


@pytest.fixture(scope="module")
def attended(run_both):
    shapes = {
        "query": (3, 2, 4),
        "key": (5, 2, 4),
        "value": (5, 2, 4),
        "in_proj_weight": (12, 4),
        "in_proj_bias": (12,),
        "out_proj_weight": (4, 4),
        "out_proj_bias": (4,),
        "static": (4, 5, 2),
    }
    inputs = {n: rng.standard_normal(s).astype(np.float32) for n, s in shapes.items()}
    return run_both("wrappers:attention", {**inputs, "texts": json.dumps(OPTIONS)})


@pytest.mark.parametrize("number", range(len(OPTIONS)), ids=OPTIONS)
def test_attention(attended, number):
    ours, theirs = attended
    keys = [key for key in theirs if key.startswith(f"{number}:")]
    assert len(keys) == 5
    for key in keys:
        np.testing.assert_allclose(ours[key], theirs[key], atol=3e-5, err_msg=key)


def test_wrappers(run_both):
    x = rng.standard_normal((6, 2)).astype(np.float32)
    y = rng.standard_normal(6).astype(np.float32)
    ours, theirs = run_both("wrappers:wrappers", {"x": x, "y": y})
    assert ours.keys() == theirs.keys()
    for key, expected in theirs.items():
        if expected.dtype.kind == "f":
            np.testing.assert_allclose(ours[key], expected, atol=2e-5, err_msg=key)
        else:
            assert str(ours[key]) == str(expected)


def test_files(run_both, tmp_path):
    ours, theirs = run_both("wrappers:files", {"path": str(tmp_path / "net.ckpt")})
    assert ours.keys() == theirs.keys()
    for key, expected in theirs.items():
        np.testing.assert_array_equal(ours[key], expected)


@pytest.fixture(scope="module")
def errors(run_both):
    found = run_both("wrappers:error_types", {"texts": json.dumps(REFUSED)})
    return [each["types"] for each in found]


@pytest.mark.parametrize("number", range(len(REFUSED)), ids=REFUSED)
def test_errors_have_the_same_type(errors, number):
    ours, theirs = (str(types[number]) for types in errors)
    assert theirs != "none"
    assert ours == theirs
