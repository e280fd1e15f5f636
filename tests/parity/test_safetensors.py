"""``.safetensors`` files go both ways, and files with the state of a run load there."""

import numpy as np
import pytest

from cellnet import Model, nn
from cellnet.train import CheckpointConfig, ModelCheckpoint
from cellnet.train.checkpoint._safetensors import read_safetensors, write_safetensors

ARRAYS = {
    "conv.kernel": np.arange(30, dtype=np.float32).reshape(2, 3, 5),
    "half": np.float16([0.5, 1.5]),
    "b.step": np.array(7, np.int32),
    "a.step": np.array([2**40, -1], np.int64),
    "flags": np.array([True, False, True]),
}


def save(inputs):
    import mindspore as ms

    path = str(inputs.pop("path"))
    parameters = {name: ms.Parameter(ms.Tensor(v)) for name, v in inputs.items()}
    ms.save_checkpoint(parameters, path, crc_check=True, format="safetensors")
    return {}


def load(inputs):
    import mindspore as ms

    path = str(inputs["path"])
    kind = path.rpartition(".")[2]
    found = ms.load_checkpoint(path, crc_check=True, format=kind)
    texts = [name for name, value in found.items() if isinstance(value, str)]
    arrays = {n: v.asnumpy() for n, v in found.items() if n not in texts}
    net = ms.nn.Dense(2, 1)
    ms.load_param_into_net(net, found)
    return {**arrays, "loaded": net.weight.asnumpy()}


def test_theirs_is_read_and_checked(run_oracle, tmp_path):
    path = tmp_path / "theirs.safetensors"
    run_oracle(save, {**ARRAYS, "path": str(path)})
    found = read_safetensors(path, crc_check=True)
    assert found.keys() == ARRAYS.keys()
    for name, array in ARRAYS.items():
        assert found[name].dtype == array.dtype
        np.testing.assert_array_equal(found[name], array)


def test_ours_is_read_and_checked_there(run_oracle, tmp_path):
    path = tmp_path / "ours.safetensors"
    arrays = {n: a for n, a in ARRAYS.items() if n != "b.step"}  # its CRC is odd there
    write_safetensors(path, {**arrays, "note": "text"}, crc_check=True)
    found = run_oracle(load, {"path": str(path)})
    for name, array in arrays.items():
        np.testing.assert_array_equal(found[name], array)


@pytest.mark.parametrize("kind", ["ckpt", "safetensors"])
def test_a_file_to_resume_from_is_a_checkpoint_there(run_oracle, tmp_path, kind):
    net = nn.Dense(2, 1)
    model = Model(net, nn.MSELoss(), nn.Adam(net.trainable_params(), 0.1))
    x = np.ones((8, 2), np.float32)
    saver = ModelCheckpoint("net", tmp_path, CheckpointConfig(format=kind))
    model.train(1, (x, x[:, :1]), saver, batch_size=4)
    found = run_oracle(load, {"path": saver.latest_ckpt_file_name})
    np.testing.assert_array_equal(found["loaded"], net.weight.asnumpy())
    for parameter in model.train_network.get_parameters():
        np.testing.assert_array_equal(found[parameter.name], parameter.asnumpy())
