"""The oracle of the parity tests: the real MindSpore, in an interpreter of its own.

cellnet and MindSpore need different NumPy versions and never meet in one process. One
oracle process serves a whole test session, since importing MindSpore takes seconds.
"""

import inspect
import itertools
import json
import os
import signal
import subprocess
import tempfile
import textwrap
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).parents[2]
ENVIRONMENT = "CELLNET_ORACLE_PYTHON"
TIMEOUT_SECONDS = 150


class OracleError(Exception):
    """The code run by the oracle failed; the message is its traceback or its log."""


def find_python() -> Path | None:
    """The interpreter that has MindSpore: from the environment, or `make parity`'s."""
    named = os.environ.get(ENVIRONMENT)
    if named:
        return Path(named)
    default = ROOT / ".venv-parity" / "bin" / "python"
    return default if default.exists() else None


class OracleTimeout(OracleError):
    """The oracle did not answer; the message is where its threads stood."""


class Oracle:
    """A running MindSpore process; a context manager.

    Example:
        >>> def double(inputs):
        ...     import mindspore as ms
        ...     return {"y": (ms.Tensor(inputs["x"]) * 2).asnumpy()}
        >>> with Oracle(find_python()) as oracle:
        ...     oracle.run(double, {"x": np.ones(3)})
        {'y': array([2., 2., 2.])}
    """

    def __init__(self, python: str | os.PathLike[str]) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="cellnet-oracle-")
        self._log = open(Path(self._folder.name, "log.txt"), "w+")  # noqa: SIM115
        self._requests = itertools.count()
        self._python = os.fspath(python)
        self._process = self._start()

    def _start(self) -> subprocess.Popen[str]:
        worker = Path(__file__).with_name("_worker.py")
        # -I: neither the working directory nor PYTHONPATH can bring cellnet in.
        return subprocess.Popen(
            [self._python, "-I", os.fspath(worker)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            cwd=self._folder.name,
            env={"GLOG_v": "3", **os.environ},  # 3: errors only
            text=True,
        )

    def __enter__(self) -> "Oracle":
        return self

    def __exit__(self, *exception: object) -> None:
        del exception
        self._process.kill()
        self._process.communicate()
        self._log.close()
        self._folder.cleanup()

    def run(
        self,
        code: str | Callable[[dict[str, np.ndarray]], Mapping[str, Any]],
        inputs: Mapping[str, Any] | None = None,
        function: str = "oracle",
    ) -> dict[str, np.ndarray]:
        """Run `code` on `inputs` with MindSpore and return what it returns.

        Args:
            code: a function, of which only the source travels, so it must import all
                that it uses; or the text of a module that has it. It takes a dict of
                arrays and returns one. Global settings (mode, seed) outlive the call:
                set what you rely on.
            inputs: arrays, or what NumPy makes arrays of; bfloat16 as its uint16 view.
            function: its name in the text of a module.

        Raises: OracleError: the code raised, or the process died or took too long.
        """
        if isinstance(code, str):
            source = textwrap.dedent(code)
        else:
            source, function = textwrap.dedent(inspect.getsource(code)), code.__name__
        number = next(self._requests)
        stem = os.path.join(self._folder.name, f"request_{number}")
        request = {
            "module": f"request_{number}",
            "function": function,
            "source": f"{stem}.py",
            "inputs": f"{stem}.in.npz",
            "outputs": f"{stem}.out.npz",
        }
        Path(request["source"]).write_text(source, encoding="utf-8")
        np.savez(
            request["inputs"], **{k: np.asarray(v) for k, v in (inputs or {}).items()}
        )
        try:
            reply = self._ask(request)
        except OracleTimeout:
            # MindSpore 2.10 stands still now and then, on a busy machine
            reply = self._ask(request)
        if not reply["ok"]:
            raise OracleError(reply["error"])
        with np.load(request["outputs"], allow_pickle=False) as archive:
            return dict(archive)

    def _ask(self, request: dict[str, str]) -> dict[str, Any]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        late = threading.Event()

        def abort() -> None:
            late.set()
            self._process.send_signal(signal.SIGABRT)  # the worker shows its stacks

        timer = threading.Timer(TIMEOUT_SECONDS, abort)
        timer.start()
        try:
            self._process.stdin.write(json.dumps(request) + "\n")
            self._process.stdin.flush()
            line = self._process.stdout.readline()
        except BrokenPipeError:
            line = ""
        finally:
            timer.cancel()
            timer.join()
        if not line:
            self._process.communicate()
            self._process = self._start()
            self._log.seek(0)
            last_words = self._log.read()[-4000:]
            if late.is_set():
                raise OracleTimeout(f"no answer in time:\n{last_words}")
            raise OracleError(f"the oracle process died:\n{last_words}")
        return json.loads(line)
