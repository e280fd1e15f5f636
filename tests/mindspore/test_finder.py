"""The alias: `mindspore.x.y` and `cellnet.x.y` are one object."""

import importlib
import importlib.util
import subprocess
import sys

import pytest

import cellnet
from cellnet.mindspore import install, uninstall
from cellnet.mindspore.missing import Missing

# the import lines of programs written for r1.0, for 2.x, and of their helpers
PROGRAMS = {
    "a network of one's own": """
from mindspore.common.tensor import Tensor
from mindspore.nn import Cell, Dense, SoftmaxCrossEntropyWithLogits
from mindspore.nn import Momentum, TrainOneStepCell, WithLossCell
import mindspore.ops as ops
""",
    "a loop of one's own": """
import mindspore.dataset as ds
import mindspore.dataset.transforms.c_transforms as CT
import mindspore.dataset.vision.c_transforms as CV
import mindspore.nn as nn
from mindspore import context
from mindspore.common import dtype as mstype
from mindspore.common.initializer import TruncatedNormal
from mindspore.common.parameter import ParameterTuple
from mindspore.dataset.vision import Inter
from mindspore.nn.wrap.cell_wrapper import WithLossCell
import mindspore.ops as ops
from mindspore.train.dataset_helper import DatasetHelper, connect_network_with_dataset
""",
    "Model with sinking": """
from mindspore.nn.metrics import Accuracy
from mindspore.train import Model
from mindspore.train.callback import LossMonitor
""",
    "r1.0 helpers": """
from mindspore import Tensor, Parameter, ms_function
from mindspore._checkparam import Rel, Validator as validator, check_bool
from mindspore._extends import cell_attr_register
from mindspore.common import set_seed
from mindspore.common.api import ms_function
from mindspore.communication.management import get_group_size, get_rank, init
from mindspore.context import ParallelMode
from mindspore.dataset.engine import GeneratorDataset
from mindspore.nn.cell import Cell
from mindspore.nn.layer.basic import Dense
from mindspore.nn.learning_rate_schedule import LearningRateSchedule
from mindspore.nn.loss.loss import _Loss, LossBase
from mindspore.nn.optim.momentum import Momentum
from mindspore.nn.optim.optimizer import Optimizer, opt_init_args_register
from mindspore.nn.wrap.loss_scale import TrainOneStepWithLossScaleCell
from mindspore.ops import composite as C, functional as F, operations as P
from mindspore.ops.operations import ReduceMean, TensorAdd
from mindspore.parallel import set_algo_parameters
from mindspore.parallel._auto_parallel_context import auto_parallel_context
from mindspore.parallel._utils import _get_device_num, _get_parallel_mode
from mindspore.train.callback import CheckpointConfig, ModelCheckpoint, TimeMonitor
from mindspore.train.model import Model, ParallelMode
from mindspore.train.serialization import load_checkpoint, load_param_into_net
""",
    "2.x": """
import mindspore as ms
from mindspore import Tensor, nn, ops, set_context, value_and_grad, jit, log
from mindspore.dataset import transforms, vision
from mindspore.train import Accuracy, CheckpointConfig, LossMonitor
from mindspore.train.metrics import Metric
""",
}


@pytest.mark.parametrize("lines", PROGRAMS.values(), ids=PROGRAMS)
def test_every_import_line_of_a_program_gives_the_real_thing(alias, lines):
    names = {}
    exec(lines, names)
    lacking = [name for name, value in names.items() if isinstance(value, Missing)]
    assert lacking == []


@pytest.mark.parametrize("path", ["nn", "ops", "nn.wrap.cell_wrapper", "context"])
def test_a_module_of_the_same_path_is_the_same_object(alias, path):
    ours = importlib.import_module(f"cellnet.{path}")
    assert importlib.import_module(f"mindspore.{path}") is ours
    assert ours.__name__ == f"cellnet.{path}"
    assert ours.__spec__.name == f"cellnet.{path}"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("common.tensor.Tensor", "tensor.Tensor"),
        ("common.dtype.float32", "dtype.float32"),
        ("ops.operations.ReLU", "ops.ReLU"),
        ("ops.operations.nn_ops.Conv2D", "ops.Conv2D"),
        ("ops.composite.GradOperation", "graph.GradOperation"),
        ("nn.layer.conv.Conv2d", "nn.Conv2d"),
        ("nn.optim.momentum.Momentum", "nn.Momentum"),
        ("nn.loss.loss._Loss", "nn.LossBase"),
        ("nn.Accuracy", "train.metrics.Accuracy"),
        ("nn.metrics.Accuracy", "train.metrics.Accuracy"),
        ("train.serialization.Tensor", "tensor.Tensor"),
        ("train.model.ParallelMode", "context.ParallelMode"),
        ("common.api.ms_function", "graph.jit"),
        ("dataset.engine.GeneratorDataset", "dataset.GeneratorDataset"),
        (
            "dataset.transforms.vision.c_transforms.Resize",
            "dataset.vision.c_transforms.Resize",
        ),
    ],
)
@pytest.mark.parametrize("top", ["mindspore", "cellnet"])
def test_another_spelling_gives_the_one_implementation(alias, top, old, new):
    path, _, name = old.rpartition(".")
    new_path, _, new_name = new.rpartition(".")
    found = getattr(importlib.import_module(f"{top}.{path}"), name)
    assert found is getattr(importlib.import_module(f"cellnet.{new_path}"), new_name)


def test_other_spellings_work_as_attributes_without_an_import_of_their_own(alias):
    import mindspore

    assert mindspore.Tensor is cellnet.Tensor
    assert mindspore.nn is cellnet.nn
    assert mindspore.float32 is cellnet.dtype.float32


def test_star_import_of_an_old_module_gives_its_public_names(alias):
    names = {}
    exec("from mindspore.ops.operations import *", names)
    assert names["ReLU"] is cellnet.ops.ReLU
    assert "Any" not in names


def test_star_import_of_mindspore_leaves_the_programs_names_alone(alias):
    names = {}
    exec("import random, mindspore\nfrom mindspore import *", names)
    assert names["Tensor"] is cellnet.Tensor
    assert names["random"].randint
    assert names["mindspore"].__version__ == "2.10.0"


def test_version_is_mindspores_and_ours_stays_ours(alias):
    import mindspore

    assert mindspore.__version__ == "2.10.0"
    assert mindspore.__name__ == "mindspore"
    assert cellnet.__name__ == "cellnet"


def test_hasattr_and_find_spec_tell_the_truth(alias):
    import mindspore

    assert hasattr(mindspore, "Tensor")
    assert not hasattr(mindspore, "no_such_name")
    assert not hasattr(mindspore.nn, "NoSuchCell")
    assert not hasattr(importlib.import_module("mindspore.ops.operations"), "NoSuchOp")
    assert importlib.util.find_spec("mindspore") is not None
    assert importlib.util.find_spec("mindspore.nn") is not None
    assert importlib.util.find_spec("mindspore.no_such_module") is None


def test_uninstall_takes_the_name_away_again():
    install()
    importlib.import_module("mindspore.nn")
    uninstall()
    assert not any(name.split(".")[0] == "mindspore" for name in sys.modules)
    assert importlib.util.find_spec("mindspore") is None


def test_a_mindspore_that_is_imported_already_is_an_error(monkeypatch):
    monkeypatch.setitem(sys.modules, "mindspore", importlib.import_module("types"))
    with pytest.raises(RuntimeError, match="imported already, from .*types.py"):
        install()


def test_an_extra_that_is_not_installed_is_named_and_not_hidden(alias, monkeypatch):
    class Needs:
        def find_spec(self, fullname, path=None, target=None):
            if fullname == "cellnet.needy":
                raise ModuleNotFoundError("No module named 'cv2'", name="cv2")

    monkeypatch.setattr(sys, "meta_path", [Needs(), *sys.meta_path])
    with pytest.raises(ModuleNotFoundError, match="cv2"):
        importlib.import_module("mindspore.needy")


def test_plain_import_of_cellnet_leaves_the_name_mindspore_alone(tmp_path):
    real = tmp_path / "mindspore"
    real.mkdir()
    (real / "__init__.py").write_text("who = 'the real one'")
    code = (
        f"import sys; sys.path.insert(0, {str(tmp_path)!r}); import cellnet\n"
        "assert 'mindspore' not in sys.modules\n"
        "import mindspore; assert mindspore.who == 'the real one'\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)


def test_the_alias_goes_before_a_mindspore_that_is_installed(tmp_path, monkeypatch):
    (tmp_path / "mindspore").mkdir()
    (tmp_path / "mindspore" / "__init__.py").write_text("who = 'the real one'")
    (tmp_path / "mindspore" / "only_there.py").write_text("")
    monkeypatch.syspath_prepend(tmp_path)
    install()
    try:
        import mindspore
        import mindspore.only_there

        assert mindspore.Tensor is cellnet.Tensor
        assert isinstance(mindspore.only_there, Missing)
    finally:
        uninstall()


def test_one_function_under_the_names_of_several_modules():
    from cellnet import mint, ops

    assert ops.gcd is mint.gcd
    assert ops.function.math_func.amax_ext is mint.amax
    assert (cellnet.bool, cellnet.long) == (cellnet.bool_, cellnet.int64)
