"""One side's process: runs programs, each in a namespace of its own.

Started by run.py: `worker.py mindspore` in MindSpore's interpreter, `worker.py cellnet`
in cellnet's. One JSON line in, one JSON line out.
"""

import gc
import json
import os
import random
import shutil
import sys
import tempfile
import types
import warnings
from pathlib import Path
from typing import Any

import numpy as np

HERE = Path(__file__).parent


def main(side: str) -> None:
    # Whatever a program prints must not mix with the replies.
    with os.fdopen(os.dup(1), "w") as replies:
        os.dup2(2, 1)
        sys.path.insert(0, str(HERE))
        if side == "cellnet":
            _become_mindspore()
        worker = Worker(side)
        for line in sys.stdin:
            replies.write(json.dumps(worker.answer(json.loads(line))) + "\n")
            replies.flush()


def _become_mindspore() -> None:
    import jax

    import cellnet.mindspore

    jax.config.update("jax_enable_x64", True)  # as `cellnet run` does
    cellnet.mindspore.install()


class Worker:
    """Answers requests: {"do": "examples" | "has" | "run", ...}."""

    def __init__(self, side: str) -> None:
        import mindspore
        import observe

        self._side = side
        self._ms = mindspore
        self._observer = observe.Observer(mindspore)
        self._mode = mindspore.get_context("mode")
        self._instrument = observe.instrument
        self._root = tempfile.mkdtemp(prefix="cellnet-examples-")
        self._count = 0

    def answer(self, request: dict[str, Any]) -> Any:
        return getattr(self, f"_{request.pop('do')}")(**request)

    def _version(self) -> str:
        return self._ms.__version__

    def _examples(self) -> list[dict[str, str]]:
        import names

        return list(names.examples())

    def _has(self, names: list[str]) -> list[str]:
        import names as lookup

        found = []
        for name in names:
            try:
                value = lookup.resolve(name)
            except Exception:
                continue
            if type(value).__name__ != "Missing":
                found.append(name)
        return found

    def _run(self, program: str, seed: int) -> dict[str, Any]:
        folder = self._fresh(seed)
        path = Path(folder, "example.py")
        path.write_text(program, encoding="utf-8")  # inspect.getsource looks there
        self._count += 1
        module = types.ModuleType(f"_example_{self._count}")
        module.__file__ = str(path)
        sys.modules[module.__name__] = module
        shown: list[Any] = []
        namespace = vars(module)
        namespace.update(self._prelude(program))
        before = set(namespace)
        namespace["__record__"] = lambda place, *values: shown.extend(
            [place, self._observer.record(each)] for each in values
        )
        error = None
        try:
            exec(self._instrument(program, str(path)), namespace)
        except (Exception, SystemExit) as raised:
            error = _describe(raised)
        bound = {k: v for k, v in namespace.items() if k not in before}
        variables, trouble = {}, None
        try:
            variables = self._observer.variables(bound)
        except Exception as raised:
            trouble = _describe(raised)
        del sys.modules[module.__name__]
        os.chdir(self._root)
        shutil.rmtree(folder, ignore_errors=True)
        return {"shown": shown, "variables": variables, "error": error or trouble}

    def _prelude(self, program: str) -> dict[str, Any]:
        if not any(name in program for name in ("LeNet5", "create_dataset")):
            return {}
        import prelude

        return {"LeNet5": prelude.LeNet5, "create_dataset": prelude.create_dataset}

    def _fresh(self, seed: int) -> str:
        """The state of a new process, as far as a program can tell; a new folder."""
        ms = self._ms
        if self._count % 200 == 199:
            gc.collect()
        warnings.simplefilter("ignore")
        if self._side == "cellnet":
            ms.context.reset_context()
        ms.set_context(mode=self._mode)
        ms.reset_auto_parallel_context()
        random.seed(seed)
        np.random.seed(seed)
        ms.set_seed(seed)
        folder = tempfile.mkdtemp(dir=self._root)
        os.chdir(folder)
        return folder


def _describe(error: BaseException) -> dict[str, Any]:
    types_ = [each.__name__ for each in type(error).__mro__[:-2]]
    trace, line = error.__traceback__, None
    while trace is not None:
        if trace.tb_frame.f_code.co_filename.endswith("example.py"):
            line = trace.tb_lineno
        trace = trace.tb_next
    return {"types": types_, "text": str(error)[:2000], "line": line}


if __name__ == "__main__":
    main(sys.argv[1])
