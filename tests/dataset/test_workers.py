"""Threads and processes: the same rows, the same errors, and nothing left behind."""

import gc
import os
import signal
import subprocess
import sys
import threading
import time

import numpy as np
import pytest
from PIL import Image

import cellnet.dataset as ds
from cellnet.dataset import vision

PROCESSES = {"num_parallel_workers": 2, "python_multiprocessing": True}
WORKERS = [
    {},
    {"num_parallel_workers": 1},
    {"num_parallel_workers": 3},
    PROCESSES,
    {"num_parallel_workers": 1, "python_multiprocessing": True},
]
EVERY_WAY = pytest.mark.parametrize("workers", WORKERS, ids=str)


class Squares:
    """A source with random access."""

    def __len__(self):
        return 23

    def __getitem__(self, index):
        return np.array(index), np.array(index * index)


def rows_of(dataset):
    rows = dataset.create_dict_iterator(num_epochs=1, output_numpy=True)
    return [{name: array.tolist() for name, array in row.items()} for row in rows]


def read_until_error(rows, pause=0):
    """The values of the only column before the error, and the error."""
    got = []
    try:
        for (value,) in rows:
            got.append(value.item())
            time.sleep(pause)
    except RuntimeError as error:
        return got, error
    raise AssertionError(f"no error, but {got}")


def numbers(count=20):
    return ds.NumpySlicesDataset(np.arange(count), ["x"], shuffle=False)


def worker_pids(dataset):
    return {pid for row in rows_of(dataset) for pid in np.ravel(row["pid"]).tolist()}


def with_pid(x):
    return x, np.array(os.getpid())


def with_pids(xs, info):
    del info
    return xs, [np.array(os.getpid())] * len(xs)


def wait_for(condition, seconds=20):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.02)


def is_running(pid):
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def random_pipeline(workers):
    """Random sampling, shuffle and transforms, with a user's functions between."""
    images = np.random.default_rng(0).integers(0, 256, (12, 9, 8, 3), np.uint8)
    crop = vision.RandomCrop(6)
    dataset = ds.GeneratorDataset(
        [(image, np.array(place)) for place, image in enumerate(images)],
        ["image", "label"],
        shuffle=True,
        **workers,
    )
    dataset = dataset.map([crop, vision.RandomHorizontalFlip()], "image", **workers)
    dataset = dataset.map(lambda image: crop(image)[:5], "image", **workers)
    dataset = dataset.shuffle(4).repeat(2)
    dataset = dataset.filter(lambda label: label != 3, "label")
    dataset = dataset.map(lambda label: label * 2, "label")
    scaled = dataset.batch(
        5,
        per_batch_map=lambda images, info: (
            [image * (1 + info.get_batch_num()) for image in images],
        ),
        input_columns=["image"],
        **workers,
    )
    return ds.zip((scaled, numbers().batch(3).map(lambda x: x + 1, "x", **workers)))


@EVERY_WAY
def test_rows_do_not_depend_on_the_workers(workers):
    ds.config.set_seed(7)
    dataset = random_pipeline(workers)
    passes = [rows_of(dataset), rows_of(dataset)]
    ds.config.set_seed(7)
    ds.config.set_debug_mode(True)  # one row after the other, by who reads
    expected = random_pipeline({})
    assert passes == [rows_of(expected), rows_of(expected)]
    assert passes[0] != passes[1]
    assert len(passes[0]) == 5


@EVERY_WAY
def test_every_verb_with_workers_before_and_after(workers):
    def plus(x):
        return x + 1

    first = numbers(10).map(plus, **workers)
    second = numbers(4).map(plus, **workers).map(plus)
    both = (first + second).skip(2).map(plus, **workers)
    assert [row["x"] for row in rows_of(both)] == [*range(4, 12), 3, 4, 5, 6]
    padded = both.map(lambda x: np.ones(x % 3), **workers).padded_batch(
        6, pad_info={"x": (None, 0)}
    )
    expected = [[i % 3 > 0, i % 3 > 1] for i in [*range(4, 12), 3, 4, 5, 6]]
    assert np.concatenate([r["x"] for r in rows_of(padded)]).tolist() == expected
    bucketed = both.map(lambda x: np.ones(x % 3 + 1), **workers)
    bucketed = bucketed.bucket_batch_by_length(["x"], [2, 3], [2, 2, 2])
    shapes = [np.shape(row["x"]) for row in rows_of(bucketed)]
    assert shapes == [(2, length) for length in (2, 3, 1)] * 2
    parts = first.split([3, 7], randomize=False)
    assert [row["x"] for row in rows_of(parts[1])] == [4, 5, 6, 7, 8, 9, 10]
    assert len(first.filter(lambda x: x > 4, "x")) == 6


@EVERY_WAY
def test_an_error_is_the_same_and_the_rows_before_it_are_given(workers):
    def reciprocal(x):
        return 6 // (x.item() - 12)

    dataset = numbers().map(reciprocal, **workers)
    for _ in range(2):  # workers survive it
        rows = dataset.create_tuple_iterator(num_epochs=1, output_numpy=True)
        got, error = read_until_error(rows)
        assert got == [6 // (x - 12) for x in range(12)]
        assert str(error).startswith(
            "map: reciprocal failed on column(s) ['x'] of sample 12: ZeroDivisionError"
        )
        notes = "".join(getattr(error, "__notes__", ()))
        in_a_process = workers.get("python_multiprocessing", False)
        assert ("ZeroDivisionError" in notes) == in_a_process


@EVERY_WAY
def test_an_error_of_the_source_comes_after_the_rows_before_it(workers):
    def source():
        yield from ((np.array(i),) for i in range(5))
        raise KeyError("gone")

    dataset = ds.GeneratorDataset(source, ["x"]).map(lambda x: x + 1, **workers)
    got, error = read_until_error(dataset.create_tuple_iterator(None, 1, True))
    assert got == [1, 2, 3, 4, 5]
    assert "source failed at row 5: KeyError" in str(error)


def test_processes_are_as_many_as_asked_for_and_stay_from_pass_to_pass():
    slow = numbers().map(
        lambda x: (time.sleep(0.01), *with_pid(x))[1:], ["x"], ["x", "pid"], **PROCESSES
    )
    first, second = worker_pids(slow), worker_pids(slow)
    assert first == second
    assert len(first) == 2
    assert os.getpid() not in first


@pytest.mark.parametrize(
    "dataset",
    [
        lambda: numbers().batch(
            4, False, 2, with_pids, ["x"], ["x", "pid"], python_multiprocessing=True
        ),
        lambda: ds.GeneratorDataset(
            [(i,) for i in range(9)], ["x"], num_parallel_workers=2
        ).map(lambda x: (x, np.array(0)), ["x"], ["x", "pid"]),
        lambda: numbers().map(with_pid, ["x"], ["x", "pid"], **PROCESSES).batch(3),
    ],
    ids=["per_batch_map", "generator", "batch_behind"],
)
def test_functions_asked_for_run_in_processes_and_others_here(dataset):
    pids = worker_pids(dataset())
    assert (os.getpid() in pids) is False or pids == {0}


def test_a_function_without_workers_is_called_in_order_by_who_reads():
    called = []

    def note(x):
        called.append((x.item(), threading.get_ident()))
        return x

    dataset = numbers().map(lambda x: x, num_parallel_workers=3).map(note).batch(5)
    rows_of(dataset)
    assert called == [(x, threading.get_ident()) for x in range(20)]


def test_threads_run_at_the_same_time():
    meeting = threading.Barrier(3, timeout=20)

    def meet(x):
        meeting.wait()
        return x

    # Rows are handed over one by one at first, so that three threads have one each.
    rows = numbers(3).map(meet, num_parallel_workers=3)
    assert [row["x"] for row in rows_of(rows)] == [0, 1, 2]


def reading_threads():
    names = (thread.name for thread in threading.enumerate())
    return sum(name.startswith("cellnet-data") for name in names)


@pytest.mark.parametrize(
    ("operations", "threads"),
    [
        (vision.Resize((160, 160)), True),
        (vision.RandomResizedCrop(160), True),
        (ds.transforms.RandomApply([vision.Resize((160, 160))], 1.0), True),
        (vision.Resize((16, 16)), False),
        ([vision.Resize((160, 160)), lambda image: image], False),
    ],
    ids=["a large resize", "a crop", "inside another", "a small resize", "a function"],
)
def test_heavy_transforms_get_threads_by_themselves(operations, threads):
    images = [(np.zeros((8, 8, 3), np.uint8),)] * 3
    dataset = ds.GeneratorDataset(images, ["image"]).map(operations, "image")
    gc.collect()  # what other tests left in tracebacks
    wait_for(lambda: reading_threads() == 0)
    rows = iter(dataset.create_tuple_iterator(output_numpy=True))
    next(rows)
    assert (reading_threads() > 0) == threads
    del rows, dataset
    gc.collect()
    wait_for(lambda: reading_threads() == 0)


def test_image_files_that_the_source_decodes_get_threads(tmp_path):
    (tmp_path / "a").mkdir()
    rng = np.random.default_rng(0)
    for number in range(8):
        pixels = rng.integers(0, 256, (9, 7, 3), np.uint8)
        Image.fromarray(pixels).save(tmp_path / "a" / f"{number}.png")
    pictures = ds.ImageFolderDataset(tmp_path, decode=True, shuffle=False)
    encoded = ds.ImageFolderDataset(tmp_path, shuffle=False)
    rows = iter(pictures.create_dict_iterator(num_epochs=1, output_numpy=True))
    first = next(rows)["image"].tolist()
    assert reading_threads() > 0
    expected = rows_of(encoded.map(vision.Decode(), "image", num_parallel_workers=1))
    assert [first, *(row["image"].tolist() for row in rows)] == [
        row["image"] for row in expected
    ]


@pytest.mark.parametrize(("prefetch", "ahead"), [(None, 4), (3, 4), (9, 9)])
def test_workers_are_a_bounded_number_of_rows_ahead(prefetch, ahead):
    if prefetch is not None:
        ds.config.set_prefetch_size(prefetch)
    pulled = []

    def source():
        for place in range(200):
            pulled.append(place)
            yield (np.array(place),)

    def slow(x):
        time.sleep(0.006)  # long enough to be handed over alone
        return x

    dataset = ds.GeneratorDataset(source, ["x"]).map(slow, num_parallel_workers=2)
    rows = iter(dataset)
    for given in range(1, 6):
        next(rows)
        assert len(pulled) <= given + ahead
    assert ds.config.get_prefetch_size() == (prefetch or 16)


def test_short_tasks_are_handed_over_together():
    dataset = numbers(2000).map(with_pid, ["x"], ["x", "pid"], **PROCESSES)
    rows_of(dataset.take(10))  # the workers run
    pids = [row["pid"] for row in rows_of(dataset)]
    longest = max(len(run) for run in _runs(pids))
    assert longest >= 16


def _runs(values):
    run = []
    for value in values:
        if run and run[-1] != value:
            yield run
            run = []
        run.append(value)
    yield run


def test_what_cannot_be_sent_to_a_process_is_read_by_threads_with_a_warning():
    lock = threading.Lock()

    def locked(x):
        with lock:
            return x + os.getpid()

    dataset = numbers(5).map(locked, **PROCESSES)
    with pytest.warns(UserWarning, match="threads are used.*cannot pickle.*lock"):
        rows = rows_of(dataset)
    assert [row["x"] for row in rows] == [x + os.getpid() for x in range(5)]


def test_what_a_process_cannot_load_is_an_error_with_its_text():
    class Unloadable:
        def __reduce__(self):
            return (_refuse, ("no such licence",))

        def __call__(self, x):
            return x

    with pytest.raises(ValueError, match="no such licence"):
        rows_of(numbers(5).map(Unloadable(), **PROCESSES))


def _refuse(text):
    raise ValueError(text)


def test_a_killed_worker_is_an_error_and_the_next_pass_has_new_ones():
    dataset = numbers(2000).map(with_pid, ["x"], ["x", "pid"], **PROCESSES)
    rows = iter(dataset.create_dict_iterator(num_epochs=1, output_numpy=True))
    victim = next(rows)["pid"].item()
    os.kill(victim, signal.SIGKILL)
    begin = time.monotonic()
    _, error = read_until_error(((row["x"],) for row in rows), pause=0.001)
    assert time.monotonic() - begin < 5
    assert str(error).startswith("map(input_columns=['x']): a worker process died")
    assert "Lower num_parallel_workers" in str(error)
    assert victim not in worker_pids(dataset)


def test_nothing_is_left_of_pipelines_that_are_gone():
    def pids_of_half_a_pass():
        dataset = numbers(200).map(with_pid, ["x"], ["x", "pid"], **PROCESSES).batch(2)
        rows = iter(dataset.create_dict_iterator(output_numpy=True))
        return {pid for _ in range(9) for pid in next(rows)["pid"].tolist()}

    def descriptors():
        return len(os.listdir("/proc/self/fd"))

    pids_of_half_a_pass()  # starts what serves all pipelines
    gc.collect()
    before = descriptors()
    for _ in range(3):
        pids = pids_of_half_a_pass()
        wait_for(lambda pids=pids: not any(map(is_running, pids)))
    wait_for(lambda: descriptors() <= before)


SCRIPT = """
import os, sys, time, types
import numpy as np

above = types.ModuleType("cellnet")  # the package above takes seconds to import
above.__path__ = [os.environ["CELLNET"]]
sys.modules["cellnet"] = above
import cellnet.dataset as ds

OFFSET = 5
print("imported as", __name__, flush=True)

def shifted(x):
    {body}
    return x + OFFSET, np.array(os.getpid())

data = ds.NumpySlicesDataset(np.arange(400), ["x"], shuffle=False)
data = data.map(shifted, ["x"], ["x", "pid"], num_parallel_workers=2,
                python_multiprocessing=True)
rows = iter(data.create_dict_iterator(output_numpy=True))
first = next(rows)
print(first["x"], first["pid"], flush=True)
{end}
"""


def start(tmp_path, body, end):
    """The script without `if __name__`, as a process that reads a part of a pass."""
    path = tmp_path / "script.py"
    path.write_text(SCRIPT.format(body=body, end=end))
    package = os.path.dirname(os.path.dirname(ds.__file__))
    paths = {"CELLNET": package, "PYTHONPATH": os.path.dirname(package)}
    return subprocess.Popen(
        [sys.executable, str(path)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **paths},
        start_new_session=True,  # so that a signal reaches all, as Ctrl-C does
    )


def first_row(script):
    assert script.stdout.readline() == "imported as __main__\n"
    value, pid = script.stdout.readline().split()
    assert value == "5"
    return int(pid)


def test_a_script_ends_in_the_middle_of_a_pass(tmp_path):
    script = start(tmp_path, "pass", "")
    pid = first_row(script)
    out, err = script.communicate(timeout=60)
    assert (script.returncode, out, err) == (0, "", "")
    wait_for(lambda: not is_running(pid))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_an_interrupted_script_leaves_no_worker(tmp_path, number):
    script = start(tmp_path, "time.sleep(0.05)", "for row in rows: pass")
    pid = first_row(script)
    send = os.killpg if number == signal.SIGINT else os.kill
    send(script.pid, number)
    _, err = script.communicate(timeout=60)
    wait_for(lambda: not is_running(pid))
    if number == signal.SIGINT:
        assert err.count("Traceback") == 1
        assert err.rstrip().endswith("KeyboardInterrupt")


def test_processes_find_mindspore_where_the_program_does():
    from cellnet.mindspore import finder

    finder.install()
    try:
        import mindspore

        def cast(x):
            return x.astype(mindspore.dtype_to_nptype(mindspore.float16))

        (row,) = numbers(1).map(cast, **PROCESSES).create_tuple_iterator(None, 1, True)
    finally:
        finder.uninstall()
    assert row[0].dtype == np.float16


@pytest.mark.slow
def test_memory_does_not_grow():
    dataset = ds.NumpySlicesDataset(
        np.zeros((60_000, 28, 28), np.uint8), ["x"], shuffle=True
    )
    dataset = dataset.map(lambda x: x / np.float32(255), **PROCESSES).batch(64)

    def resident():
        with open("/proc/self/statm") as statm:
            return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")

    after = []
    for _ in range(20):
        count = sum(len(x) for (x,) in dataset.create_tuple_iterator(None, 1, True))
        assert count == 60_000
        after.append(resident())
    # The first passes fill the allocator's pools.
    assert max(after[10:]) - max(after[3:10]) < 8 * 2**20
