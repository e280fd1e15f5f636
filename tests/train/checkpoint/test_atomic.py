"""A checkpoint on disk is whole at every moment, whatever happens to its writer."""

import os
import stat
import subprocess
import sys
import textwrap
import threading

import numpy as np
import pytest

from cellnet._atomic import TEMPORARY_SUFFIX, atomic_write
from cellnet.train.checkpoint import read_ckpt, write_ckpt

posix_only = pytest.mark.skipif(os.name != "posix", reason="needs fork and flock")


def entries(version: int) -> dict[str, np.ndarray]:
    return {f"layer{i}": np.full((64, 64), version, np.int32) for i in range(4)}


def version_of(path) -> int:
    """The version that a file holds; an error if it holds parts of two."""
    (version,) = {int(n) for array in read_ckpt(path).values() for n in array.flat}
    return version


# One process forks many writers and kills each: importing jax for each would be slow.
KILLER = """
import os, signal, sys, time
from cellnet.train.checkpoint import _write, write_ckpt
import cellnet._atomic as atomic
sys.path.insert(0, sys.argv[2])
from test_atomic import entries, version_of

def die(*args, **kwargs):
    os.kill(os.getpid(), signal.SIGKILL)

def die_after(function):
    return lambda *args: (function(*args), die())

def die_in_the_middle(name, value):
    yield from whole(name, value)
    if name == "layer2":
        die()

whole = _write._encode
STAGES = {
    "while writing": (_write, "_encode", die_in_the_middle),
    "before the data is safe": (atomic.os, "fsync", die),
    "before the rename": (atomic.os, "replace", die),
    "after the rename": (atomic.os, "replace", die_after(os.replace)),
}
path = sys.argv[1]

def forked(work):
    child = os.fork()
    if not child:
        work()
        os._exit(0)
    return child

for stage, patch in STAGES.items():
    write_ckpt(path, entries(1))
    def write_and_die():
        setattr(*patch)
        write_ckpt(path, entries(2))
    _, status = os.waitpid(forked(write_and_die), 0)
    assert os.WIFSIGNALED(status), stage
    print(stage, version_of(path), sep="=")

def write_for_ever():
    version = 3
    while True:
        write_ckpt(path, entries(version))
        version += 1

for attempt in range(20):
    child = forked(write_for_ever)
    time.sleep(0.003 * attempt)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    version_of(path)
print("killed at random=ok")
"""


@posix_only
def test_kill_9_at_any_moment_leaves_a_whole_file(tmp_path):
    path = tmp_path / "net.ckpt"
    script = textwrap.dedent(KILLER)
    here = os.path.dirname(__file__)
    result = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", script, str(path), here],
        capture_output=True,
        text=True,
        timeout=60,
        cwd=os.getcwd(),
    )
    assert result.returncode == 0, result.stderr
    assert result.stdout.splitlines() == [
        "while writing=1",
        "before the data is safe=1",
        "before the rename=1",
        "after the rename=2",
        "killed at random=ok",
    ]
    # What the dead left is gone with the next write; stages 1 to 3 surely left some.
    write_ckpt(path, entries(9))
    assert os.listdir(tmp_path) == ["net.ckpt"]


@posix_only
def test_leftovers_go_but_a_living_writer_keeps_its_file(tmp_path):
    dead = tmp_path / f".dead{TEMPORARY_SUFFIX}"
    dead.write_bytes(b"half")
    with atomic_write(tmp_path / "a.ckpt", mode=0o600) as file:
        assert not dead.exists()
        file.write(b"slow")
        write_ckpt(tmp_path / "b.ckpt", {"step": 1})
    assert (tmp_path / "a.ckpt").read_bytes() == b"slow"
    assert sorted(os.listdir(tmp_path)) == ["a.ckpt", "b.ckpt"]


def test_writers_at_the_same_time_do_not_mix(tmp_path):
    path = tmp_path / "net.ckpt"
    failures = []

    def write(version):
        try:
            for _ in range(5):
                write_ckpt(path, entries(version))
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=write, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    assert version_of(path) in range(4)
    assert os.listdir(tmp_path) == ["net.ckpt"]


def test_an_error_in_the_middle_leaves_the_old_file_and_no_other(tmp_path):
    path = tmp_path / "net.ckpt"
    write_ckpt(path, entries(1))
    with pytest.raises(TypeError, match="'bad'"):
        write_ckpt(path, entries(2) | {"bad": object()})
    assert version_of(path) == 1
    assert os.listdir(tmp_path) == ["net.ckpt"]


def test_a_full_disk_leaves_the_old_file_and_is_named(tmp_path, monkeypatch):
    path = tmp_path / "net.ckpt"
    write_ckpt(path, entries(1))

    def no_space(descriptor):
        del descriptor
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("cellnet._atomic.os.fsync", no_space)
    with pytest.raises(OSError, match=r"No space left.*is unchanged.*net\.ckpt"):
        write_ckpt(path, entries(2))
    monkeypatch.undo()
    assert version_of(path) == 1
    assert os.listdir(tmp_path) == ["net.ckpt"]


@pytest.mark.skipif(os.name != "posix", reason="permissions of POSIX")
def test_the_file_is_read_only_and_still_replaced(tmp_path):
    path = tmp_path / "net.ckpt"
    for version in (1, 2):
        write_ckpt(path, entries(version))
        assert stat.S_IMODE(path.stat().st_mode) == 0o400
    assert version_of(path) == 2


def test_a_link_goes_on_pointing_at_its_file(tmp_path):
    (tmp_path / "runs").mkdir()
    target, link = tmp_path / "runs" / "net.ckpt", tmp_path / "latest.ckpt"
    write_ckpt(target, entries(1))
    link.symlink_to(target)
    write_ckpt(link, entries(2))
    assert link.is_symlink()
    assert version_of(target) == 2


def test_a_missing_folder_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"folder .*none does not exist"):
        write_ckpt(tmp_path / "none" / "net.ckpt", entries(1))


def test_a_file_in_place_of_the_folder_is_named(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(NotADirectoryError, match="file is not a folder"):
        write_ckpt(tmp_path / "file" / "net.ckpt", entries(1))


def test_a_folder_in_place_of_the_file_is_named(tmp_path):
    (tmp_path / "net.ckpt").mkdir()
    with pytest.raises(IsADirectoryError, match=r"net\.ckpt is a folder"):
        write_ckpt(tmp_path / "net.ckpt", entries(1))


def test_no_right_to_write_is_named(tmp_path):
    folder = tmp_path / "locked"
    folder.mkdir()
    folder.chmod(0o500)
    if os.access(folder, os.W_OK):
        pytest.skip("this user may write anywhere")
    with pytest.raises(PermissionError, match="no right to write in .*locked"):
        write_ckpt(folder / "net.ckpt", entries(1))
