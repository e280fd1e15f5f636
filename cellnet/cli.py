"""The command ``cellnet``: run a MindSpore program, check one, look at the machine."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version

USAGE = """\
cellnet: MindSpore programs, unmodified, on JAX

  cellnet run [--no-x64] script.py [args...]   run a program; `mindspore` is cellnet
  cellnet run [--no-x64] -m module [args...]   the same for a module
  cellnet check file.py [file.py...]           list the names that cellnet lacks
  cellnet doctor                               versions, devices, speed, what is slow
  cellnet --version
  cellnet --help

`cellnet run` takes the place of `python`: arguments, exit codes and tracebacks are the
program's. It sets jax_enable_x64 (--no-x64 does not), for MindSpore has 64-bit types,
and DEVICE_ID=0, RANK_ID=0, RANK_SIZE=1 where they are not set. The environment's
CELLNET_LOG (debug, info, warning, error, off) says how much cellnet tells on stderr."""
USAGE_ERROR = 2


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line ``argv`` (default: the process's) and give its exit code.

    Raises:
        SystemExit: the program that ``cellnet run`` ran ended so.
    """
    words = list(sys.argv[1:] if argv is None else argv)
    command = words.pop(0) if words else "--help"
    if command in ("-h", "--help", "help"):
        print(USAGE)
        return 0
    if command in ("-V", "--version", "version"):
        print(f"cellnet {_version()}")
        return 0
    if command == "run":
        return _run(words)
    if {"-h", "--help"} & set(words):
        print(USAGE)
        return 0
    if command == "check":
        from cellnet.mindspore.check import check_files

        return check_files(words) if words else _wrong("check: which file?")
    if command == "doctor":
        from cellnet.doctor import doctor

        return doctor() if not words else _wrong(f"doctor takes no {words[0]!r}")
    return _wrong(f"no command {command!r}")


def _run(words: list[str]) -> int:
    x64 = True
    while words and words[0].startswith("-"):
        option = words.pop(0)
        if option == "--no-x64":
            x64 = False
        elif option in ("-h", "--help"):
            print(USAGE)
            return 0
        elif option == "-m":
            if not words:
                return _wrong("run -m: which module?")
            return _program(words, as_module=True, x64=x64)
        elif option == "--":
            break
        else:
            return _wrong(f"run: no option {option!r}; the program's own come after it")
    if not words:
        return _wrong("run: which script?")
    return _program(words, as_module=False, x64=x64)


def _program(words: list[str], *, as_module: bool, x64: bool) -> int:
    from cellnet.mindspore.run import NoProgram, run  # JAX loads only for a program

    try:
        return run(words[0], words[1:], as_module=as_module, x64=x64)
    except NoProgram as error:
        return _wrong(str(error))


def _wrong(text: str) -> int:
    print(f"cellnet: {text} (cellnet --help)", file=sys.stderr)
    return USAGE_ERROR


def _version() -> str:
    try:
        return version("cellnet")
    except PackageNotFoundError:  # run from a checkout that is not installed
        return getattr(sys.modules["cellnet"], "__version__", "(not installed)")


if __name__ == "__main__":
    sys.exit(main())
