"""The command line, and the machine's report."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from cellnet import doctor
from cellnet.cli import main

ROOT = Path(__file__).parents[1]


def test_help_and_version(capsys):
    assert main(["--help"]) == 0
    shown = capsys.readouterr().out
    for command in ("run", "check", "doctor"):
        assert f"cellnet {command}" in shown
    assert main([]) == 0
    assert main(["--version"]) == 0
    assert capsys.readouterr().out.splitlines()[-1].startswith("cellnet ")


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["frobnicate"], "no command 'frobnicate'"),
        (["run"], "which script?"),
        (["run", "-m"], "which module?"),
        (["run", "--fast", "x.py"], "no option '--fast'"),
        (["check"], "which file?"),
        (["doctor", "who"], "takes no 'who'"),
    ],
)
def test_wrong_usage_exits_with_2_and_says_why(capsys, words, text):
    assert main(words) == 2
    assert text in capsys.readouterr().err


PROGRAM = """
import sys
import numpy as np
import mindspore as ms
from mindspore import Tensor, context
context.set_context(mode=context.GRAPH_MODE, device_target="Ascend")
assert __name__ == "__main__" and sys.argv[1:] == ["--epochs", "3"], sys.argv
print(Tensor(np.ones(2)).dtype, (Tensor(np.ones(2, np.float32)) * 0.5).dtype)
print(context.get_context("device_target"), ms.__version__)
sys.exit(7)
"""


def test_a_program_in_a_process_of_its_own(tmp_path):
    (tmp_path / "prog.py").write_text(PROGRAM)
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    environment.pop("JAX_ENABLE_X64", None)
    command = [sys.executable, "-m", "cellnet", "run", "prog.py", "--epochs", "3"]
    done = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True
    )
    assert done.stdout == "Float64 Float32\nAscend 2.10.0\n", done.stderr
    assert done.returncode == 7
    # one line says what "Ascend" came to be
    assert done.stderr.count("the best device that JAX has here") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["prog.py"]


def test_doctor_reports_every_section(capsys, monkeypatch):
    monkeypatch.setitem(doctor.MATRIX_SIDE, "cpu", 64)
    assert main(["doctor"]) == 0
    shown = capsys.readouterr().out
    for text in ("python 3", "cellnet", "jaxlib", "GFLOP/s", "GiB memory", "cores"):
        assert text in shown
    assert "Fashion-MNIST" in shown
    assert "ms a step" in shown
    assert shown.endswith("all works\n")


def test_doctor_goes_on_after_a_failure_and_exits_with_1(capsys, monkeypatch):
    monkeypatch.setitem(doctor.MATRIX_SIDE, "cpu", 64)
    monkeypatch.setattr(doctor, "train_mlp", lambda: (1.0, 2.0, 0.1))
    assert main(["doctor"]) == 1
    shown = capsys.readouterr().out
    assert "training  FAILED: RuntimeError: the loss went from 1.0000 to 2" in shown
    assert "Fashion-MNIST" in shown
    assert shown.endswith("1 of 6 checks failed\n")


def test_doctor_finds_a_wrong_product(monkeypatch):
    monkeypatch.setitem(doctor.MATRIX_SIDE, "cpu", 64)
    monkeypatch.setattr(doctor.jnp, "matmul", lambda a, b: a @ b + 9)
    with pytest.raises(RuntimeError, match="wrong matrix product"):
        doctor.matmul_gflops(doctor.all_devices()[0])


def test_doctor_names_what_is_slow(monkeypatch):
    monkeypatch.setattr(doctor.jax, "default_backend", lambda: "cpu")
    monkeypatch.setattr(doctor, "_nvidia_gpus", lambda: ["GPU 0: Some GPU"])
    monkeypatch.setattr(doctor, "usable_cores", lambda: 1.0)
    monkeypatch.setattr(doctor.os, "cpu_count", lambda: 8)
    monkeypatch.setattr(doctor.os, "getloadavg", lambda: (4.0, 0.0, 0.0))
    monkeypatch.setattr(doctor, "memory_gib", lambda: (64.0, 0.5))
    told = "\n".join(doctor.slow())
    assert "nvidia-smi shows GPU 0: Some GPU, but JAX has only the CPU" in told
    assert "1 of 8 cores are usable" in told
    assert "load is 4.0 on 1 cores" in told
    assert "0.5 GiB of memory is free" in told


def test_doctor_measures_speed_in_gflops(monkeypatch):
    monkeypatch.setitem(doctor.MATRIX_SIDE, "cpu", 128)
    monkeypatch.setattr(doctor, "_seconds", lambda compute: 1e-3)
    speed = doctor.matmul_gflops(doctor.all_devices()[0])
    assert np.isclose(speed, 2 * 128**3 / 1e-3 / 1e9)
