"""`cellnet run`: the program sees what it would see under `python`."""

import os
import sys

import pytest

from cellnet.cli import main
from cellnet.mindspore.run import run

SHOW = """
import os, sys
import mindspore
print(__name__, os.path.basename(__file__), sys.argv, sys.path[0], __package__)
print([os.environ[k] for k in ("DEVICE_ID", "RANK_ID", "RANK_SIZE")])
print(sys.modules["__main__"].mindspore is mindspore)
"""


@pytest.fixture
def script(tmp_path):
    def write(text, name="prog.py"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        return path

    return write


def test_a_script_sees_its_own_argv_path_and_main(program, script, capsys):
    path = script(SHOW)
    assert run(str(path), ["--epochs", "3", "-m"], x64=False) == 0
    shown = capsys.readouterr().out.splitlines()
    argv = [str(path), "--epochs", "3", "-m"]
    assert shown[0] == f"__main__ prog.py {argv} {path.parent} None"
    assert shown[1:] == ["['0', '0', '1']", "True"]


def test_environment_that_is_set_stays(program, script, capsys, monkeypatch):
    monkeypatch.setenv("DEVICE_ID", "5")
    assert run(str(script(SHOW)), [], x64=False) == 0
    assert "['5', '0', '1']" in capsys.readouterr().out


def test_a_module_and_a_package_run_as_python_m_does(
    program, script, capsys, monkeypatch
):
    module = script("import sys; print(__spec__.name, __package__, sys.argv)", "p/m.py")
    script("from . import m; print('main', __package__)", "p/__main__.py")
    monkeypatch.chdir(module.parents[1])
    assert run("p.m", ["x"], as_module=True, x64=False) == 0
    assert capsys.readouterr().out == f"p.m p {[str(module), 'x']}\n"
    assert run("p", [], as_module=True, x64=False) == 0
    assert capsys.readouterr().out.endswith("main p\n")


def test_a_folder_runs_its_main(program, script, capsys):
    path = script("import sys; print(sys.path[0])", "folder/__main__.py")
    assert run(str(path.parent), [], x64=False) == 0
    assert capsys.readouterr().out == f"{path.parent}\n"


def test_helpers_beside_the_script_are_found(program, script, capsys):
    script("from mindspore import nn; print(nn.__name__)", "helper_of_prog.py")
    assert run(str(script("import helper_of_prog")), [], x64=False) == 0
    assert capsys.readouterr().out == "cellnet.nn\n"


@pytest.mark.parametrize("code", ["3", "0", "None", "'text'"])
def test_system_exit_passes_through(program, script, code):
    with pytest.raises(SystemExit) as caught:
        run(str(script(f"raise SystemExit({code})")), [], x64=False)
    assert repr(caught.value.code) == code


def test_a_traceback_shows_the_programs_frames_alone(program, script, capsys):
    path = script("def f():\n    return 1 / 0\n\nf()\n")
    assert run(str(path), [], x64=False) == 1
    told = capsys.readouterr().err
    frames = [line for line in told.splitlines() if line.startswith("  File")]
    assert frames == [
        f'  File "{path}", line 4, in <module>',
        f'  File "{path}", line 2, in f',
    ]
    assert told.endswith("ZeroDivisionError: division by zero\n")


def test_a_syntax_error_is_shown_as_python_shows_it(program, script, capsys):
    path = script("x = (\n")
    assert run(str(path), [], x64=False) == 1
    told = capsys.readouterr().err
    assert "cellnet" not in told
    assert "SyntaxError: '(' was never closed" in told


def test_the_programs_own_excepthook_is_called(program, script, capsys, monkeypatch):
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    path = script(
        "import sys\nsys.excepthook = lambda t, e, tb: print('mine', e)\n1 / 0"
    )
    assert run(str(path), [], x64=False) == 1
    assert capsys.readouterr().out == "mine division by zero\n"


def test_an_interrupt_ends_with_130(program, script, capsys):
    assert run(str(script("raise KeyboardInterrupt")), [], x64=False) == 130
    assert "KeyboardInterrupt" in capsys.readouterr().err


def test_a_lacking_attribute_is_told_in_the_programs_words(program, script, capsys):
    path = script("import mindspore.context as c\nc.set_contex(mode=0)")
    assert run(str(path), [], x64=False) == 1
    told = capsys.readouterr().err
    assert "mindspore.context.set_contex: cellnet has no such name" in told
    assert "mindspore.context.set_context" in told


def test_nothing_is_written(program, script):
    path = script("import mindspore.nn")
    run(str(path), [], x64=False)
    assert os.listdir(path.parent) == ["prog.py"]


def test_no_such_program_is_an_error_of_usage(program, capsys):
    assert main(["run", "--no-x64", "no/such/script.py"]) == 2
    assert "can't open 'no/such/script.py'" in capsys.readouterr().err
    assert main(["run", "--no-x64", "-m", "no_such_module"]) == 2
    assert "no module 'no_such_module'" in capsys.readouterr().err
