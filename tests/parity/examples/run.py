"""Runs every example on both sides; MindSpore's results are kept between runs."""

import hashlib
import json
import os
import re
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
# Wall clock, generous, for the machine may be busy; most take less than a second.
SECONDS = {"mindspore": 60, "cellnet": 240}
SLOW_SECONDS = 5  # an example that takes longer is run with two seeds
# a result that differs between these is random: its shape and dtype are compared
SEEDS = (1, 2, 3)
# What may outlive an example in its process: such examples run last, ...
_LEAVES_STATE = re.compile(
    r"context\(|set_device|\binit\(|set_deterministic|set_algo_parameters"
)
# ... and after these, which nothing undoes, the process is ended.
_SPOILS = re.compile(
    r"config\.(?:set_|load)|environ\[|set_(?:enc|dec)_|set_memory|set_kernel|"
    r"set_cpu_affinity|set_device_limit|set_recursion_limit|use_mem_pool"
)
# MindSpore's own generators: a seed of the example's makes equal what stays random
_DRAWS = re.compile(
    r"(?<!np\.random\.)(?:seed|Seed)|Random|Multinomial|Uniform(?:Int|Real)|"
    r"Normal\(|Bernoulli|Dropout|\.(?:multinomial|shuffle|rand\w*|bernoulli)\("
)


@dataclass(frozen=True)
class Example:
    """One program and the names whose docstrings have it."""

    program: str
    names: tuple[str, ...]

    @property
    def draws(self) -> bool:
        """Whether values may be random though they are the same for every seed."""
        return bool(_DRAWS.search(self.program))

    @property
    def key(self) -> str:
        return hashlib.sha256(self.program.encode()).hexdigest()[:24]


class Worker:
    """A worker.py of one side; started again when it dies or takes too long."""

    def __init__(self, side: str, python: str) -> None:
        self.side = side
        self._python = python
        self._folder = tempfile.TemporaryDirectory(prefix=f"cellnet-{side}-")
        self._log = open(Path(self._folder.name, "log.txt"), "w+")  # noqa: SIM115
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> "Worker":
        return self

    def __exit__(self, *exception: object) -> None:
        del exception
        self.stop()
        self._log.close()
        self._folder.cleanup()

    def stop(self) -> None:
        """End the process; the next request starts another."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None

    def ask(self, **request: Any) -> Any:
        """The worker's answer; {"died": why} if there is none."""
        seconds = SECONDS[self.side]
        process = self._process or self._start()
        self._process = process
        assert process.stdin is not None
        assert process.stdout is not None
        late = threading.Event()
        timer = threading.Timer(seconds, lambda: (late.set(), process.kill()))
        timer.start()
        try:
            process.stdin.write(json.dumps(request) + "\n")
            process.stdin.flush()
            line = process.stdout.readline()
        except BrokenPipeError:
            line = ""
        finally:
            timer.cancel()
        if line:
            return json.loads(line)
        process.communicate()
        self._process = None
        died = f"no end in {seconds} s" if late.is_set() else "the process died"
        return {"died": died}

    def _start(self) -> subprocess.Popen[str]:
        # -I: nothing of the working directory or PYTHONPATH comes to MindSpore's side
        options = ["-I"] if self.side == "mindspore" else []
        return subprocess.Popen(
            [self._python, *options, os.fspath(HERE / "worker.py"), self.side],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            cwd=self._folder.name,
            env=self._environment(),
            text=True,
        )

    def _environment(self) -> dict[str, str]:
        environment = {**os.environ, "TMPDIR": self._folder.name, "GLOG_v": "3"}
        if self.side == "cellnet":
            environment["PYTHONPATH"] = os.fspath(ROOT)
            environment["CELLNET_LOG"] = "off"
            # the programs are small and many: keep every one of them
            environment.setdefault("JAX_COMPILATION_CACHE_DIR", str(kept("xla")))
            environment["JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS"] = "0"
            environment["JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES"] = "-1"
        return environment


def kept(name: str) -> Path:
    """A folder outside the checkout for what the next run can use again."""
    folder = Path(tempfile.gettempdir(), f"cellnet-parity-{os.getuid()}", name)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


class Oracle:
    """MindSpore's names, examples and results, from disk where they are known."""

    def __init__(self, worker: Worker) -> None:
        self._worker = worker
        self.version = worker.ask(do="version")
        shows = _digest("worker.py", "observe.py", "prelude.py")
        self._folder = kept(f"mindspore-{self.version}-{shows}")
        self._list = f"examples-{_digest('names.py', 'extract.py')}"

    def examples(self) -> list[dict[str, str]]:
        """Each public name with an example: {"name", "family", "program"}."""
        return self._known(self._list, lambda: self._worker.ask(do="examples"))

    def results(self, example: Example) -> list[dict[str, Any]]:
        """What the example shows with each of SEEDS."""
        return self._known(example.key, lambda: self._run(example))

    def _run(self, example: Example) -> list[dict[str, Any]]:
        found = []
        for seed in SEEDS:
            begin = time.monotonic()
            found.append(self._worker.ask(do="run", program=example.program, seed=seed))
            slow = time.monotonic() - begin > SLOW_SECONDS
            if "died" in found[-1] or found[-1]["error"]:
                break
            if len(found) == 2 and (slow or found[0] == found[1]):
                break  # a third, for two equal draws of few may be chance
        if _SPOILS.search(example.program):
            self._worker.stop()
        return found

    def _known(self, name: str, make: Callable[[], Any]) -> Any:
        path = self._folder / f"{name}.json"
        if path.exists():
            return json.loads(path.read_text())
        value = make()
        if isinstance(value, dict):
            raise RuntimeError(f"MindSpore's side: {value['died']}")
        text = json.dumps(value)
        path.with_suffix(".part").write_text(text)
        path.with_suffix(".part").rename(path)
        return value


def _digest(*files: str) -> str:
    state = hashlib.sha256()
    for file in files:
        state.update((HERE / file).read_bytes())
    return state.hexdigest()[:12]


def leaves_state(example: Example) -> bool:
    """Whether the example may change more than its own namespace."""
    return any(each.search(example.program) for each in (_LEAVES_STATE, _SPOILS))


def gather(entries: Iterable[dict[str, str]]) -> list[Example]:
    """One Example per program, those that leave state behind last."""
    names: dict[str, list[str]] = {}
    for entry in entries:
        names.setdefault(entry["program"], []).append(entry["name"])
    examples = [Example(program, tuple(each)) for program, each in names.items()]
    return sorted(examples, key=leaves_state)


def run_all(
    oracle: Oracle,
    cellnet: Worker,
    entries: Iterable[dict[str, str]],
    done: Callable[[Example, list[dict[str, Any]], dict[str, Any]], None],
) -> None:
    """Call `done(example, MindSpore's results, cellnet's result)` for each example.

    What MindSpore cannot run is not run by cellnet.
    """
    for example in gather(entries):
        theirs = oracle.results(example)
        ours: dict[str, Any] = {}
        if all("died" not in each and not each["error"] for each in theirs):
            ours = cellnet.ask(do="run", program=example.program, seed=SEEDS[0])
            if _SPOILS.search(example.program):
                cellnet.stop()
        done(example, theirs, ours)
