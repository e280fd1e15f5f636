"""Worker processes, of which only the one that is asked something runs."""

from __future__ import annotations

import contextlib
import json
import os
import select
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from ways import WAYS
from worker import processor_s

HERE = Path(__file__).parent
ROOT = HERE.parent
# where the make targets put the interpreters
DEFAULTS = {
    "cellnet": sys.executable,
    "torch": ROOT / ".venv-bench/bin/python",
    "keras": ROOT / ".venv-bench-keras/bin/python",
    "mindspore": ROOT / ".venv-parity/bin/python",
}
TAIL = 300  # characters of what went wrong


class WayFailed(Exception):
    """A way cannot do what was asked; the text says why."""


def interpreters(chosen: list[str]) -> dict[str, str]:
    """Which Python runs which framework.

    Args:
        chosen: "NAME=PATH"; before them count BENCH_NAME_PYTHON of the environment and
            what ``make bench-envs`` makes.

    Raises:
        ValueError: a name that is none of DEFAULTS, or no "=".
    """
    found = {
        name: os.environ.get(f"BENCH_{name.upper()}_PYTHON", str(default))
        for name, default in DEFAULTS.items()
    }
    for text in chosen:
        name, equals, path = text.partition("=")
        if name not in found or not equals:
            raise ValueError(f"{text!r}: expected NAME=PATH, NAME of {list(DEFAULTS)}")
        found[name] = path
    return found


class Answering:
    """A program that answers requests, as ``serve`` of ``worker.py`` does.

    It is stopped (SIGSTOP) whenever nothing is asked of it, so that the threads of an
    idle framework, which like to spin, disturb no other's measurement.

    Args:
        program: a file of this folder.
        python: interpreter.
        limit_s: seconds an answer may take.

    Raises:
        WayFailed: there is no such interpreter.
    """

    def __init__(self, program: str, *, python: str, limit_s: float) -> None:
        if shutil.which(python) is None:
            raise WayFailed(f"no interpreter {_short(python)}: make bench-envs")
        self._limit_s = limit_s
        self._said = tempfile.TemporaryFile("w+")  # noqa: SIM115, closed in close()
        self._process = subprocess.Popen(
            [python, str(HERE / program)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._said,
            text=True,
            bufsize=1,
            env=_environment(),
            start_new_session=True,  # stopped and ended with the processes it starts
        )

    def ask(self, do: str, **arguments: Any) -> dict:
        """Send a request, wait for the answer.

        Raises:
            WayFailed: an error, or no answer in time; the process is then ended.
        """
        process = self._process
        assert process.stdin is not None
        assert process.stdout is not None
        self._signal(signal.SIGCONT)
        try:
            print(json.dumps({"do": do, **arguments}), file=process.stdin)
        except BrokenPipeError:
            raise WayFailed(self._last_words()) from None
        ready, _, _ = select.select([process.stdout], [], [], self._limit_s)
        if not ready:
            self.close()
            raise WayFailed(f"{do}: no answer in {self._limit_s:.0f} s")
        line = process.stdout.readline()
        if not line:
            raise WayFailed(self._last_words())
        self.pause()
        answer = json.loads(line)
        if "error" in answer:
            self.close()
            raise WayFailed(answer["error"][:TAIL])
        return answer

    def pause(self) -> None:
        """Let it run no more until it is asked."""
        self._signal(signal.SIGSTOP)

    def cpu_s(self) -> float | None:
        """Processor seconds used so far; None where the system does not tell."""
        return processor_s(self._process.pid)

    def close(self) -> None:
        """End the process; it keeps nothing that would need an orderly end."""
        self._signal(signal.SIGKILL)
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout, self._said):
            if pipe is not None and not pipe.closed:
                pipe.close()

    def _signal(self, number: int) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, number)

    def _last_words(self) -> str:
        code = self._process.wait()
        self._said.seek(0)
        lines = self._said.read().strip().splitlines()
        self.close()
        return (lines[-1] if lines else f"the process ended with {code}")[-TAIL:]


class Worker(Answering):
    """A process for one way and one network.

    Args:
        way: a name in WAYS.
        net: a name in NETS.
        batch: its batch size, None for the network's own.
        device: "cpu" or "gpu".
        python: interpreter.
        limit_s: seconds an answer may take.

    Raises:
        WayFailed: it does not start.
    """

    def __init__(
        self,
        way: str,
        net: str,
        *,
        batch: int | None,
        device: str,
        python: str,
        limit_s: float,
    ) -> None:
        super().__init__("worker.py", python=python, limit_s=limit_s)
        found = WAYS[way]
        self.versions = self.ask(
            "start",
            net=net,
            batch=batch,
            module=found.module,
            how=found.how,
            device=device,
            packages=found.packages,
        )["versions"]


def _environment() -> dict[str, str]:
    """The worker's: this checkout's cellnet, and every program compiled anew."""
    paths = [str(ROOT), os.environ.get("PYTHONPATH", "")]
    return {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(p for p in paths if p),
        "CELLNET_CACHE": "off",
        "JAX_ENABLE_COMPILATION_CACHE": "0",
        "TORCHINDUCTOR_FORCE_DISABLE_CACHES": "1",
        # the processes share one GPU
        "XLA_PYTHON_CLIENT_MEM_FRACTION": "0.1",
        "GLOG_v": "3",  # MindSpore: errors only
        "CELLNET_LOG": "error",
    }


def _short(python: str) -> str:
    """A path below the checkout as it is there, another by its last parts."""
    path = Path(python)
    if path.is_relative_to(ROOT):
        return str(path.relative_to(ROOT))
    return str(Path(*path.parts[-3:]))
