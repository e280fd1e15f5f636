"""ProgressBar on a real (pseudo) terminal: what is on its screen in the end."""

import contextlib
import fcntl
import io
import os
import pty
import struct
import sys
import termios
import threading

import numpy as np
import pytest

from cellnet.train.callback import Callback, History, LossMonitor, ProgressBar
from tests.train._training import image_data, make_model, weights_of


class Terminal:
    """stdout and stderr are a terminal while it is open; ``lines`` is its screen."""

    def __init__(self, columns=100):
        self._columns = columns
        self._bytes = b""

    def __enter__(self):
        main, sub = pty.openpty()
        fcntl.ioctl(
            sub, termios.TIOCSWINSZ, struct.pack("HHHH", 30, self._columns, 0, 0)
        )
        self._main = main
        self._reader = threading.Thread(target=self._read)
        self._reader.start()
        self._stack = contextlib.ExitStack()
        self.stream = self._stack.enter_context(os.fdopen(sub, "w", encoding="utf-8"))
        self._stack.enter_context(contextlib.redirect_stdout(self.stream))
        self._stack.enter_context(contextlib.redirect_stderr(self.stream))
        return self

    def __exit__(self, *error):
        self.restored = sys.stdout is self.stream and sys.stderr is self.stream
        self._stack.close()
        self._reader.join()
        os.close(self._main)

    def _read(self):
        with contextlib.suppress(OSError):  # the other end is closed
            while data := os.read(self._main, 65536):
                self._bytes += data

    @property
    def drawings(self):
        """Whatever was drawn on some line."""
        text = self._bytes.decode()
        return [part for line in text.split("\r\n") for part in line.split("\r\x1b[K")]

    @property
    def lines(self):
        """What stays: of each line the last drawing."""
        text = self._bytes.decode()
        return [line.split("\r\x1b[K")[-1] for line in text.split("\r\n")]


@pytest.mark.parametrize("sink", [True, False])
def test_an_epoch_a_line(sink):
    with Terminal(columns=160) as terminal:
        history = make_model(metrics={"acc"}).fit(
            *(2, image_data(), image_data()),
            callbacks=LossMonitor(3),
            dataset_sink_mode=sink,
        )
    bars = [line for line in terminal.lines if line.startswith("Epoch")]
    assert len(bars) == 2
    values = zip(history.history["net_output"], history.history["acc"], strict=True)
    for number, (bar, (loss, acc)) in enumerate(zip(bars, values, strict=True), 1):
        assert bar.startswith(f"Epoch {number}/2: 100%")
        assert " 3/3 [" in bar
        assert f"loss={loss:.4g}, val_acc={acc:.4g}" in bar
    # what others print is whole, on lines of its own
    printed = [line for line in terminal.lines if "loss is" in line]
    assert [line.split(",")[0] for line in printed] == [
        "epoch: 1 step: 3",
        "epoch: 2 step: 3",
    ]
    assert terminal.restored


class PartsSeen(Callback):
    """Wants parts of a step each, and notes them."""

    def __init__(self):
        self.seen = []

    def steps_of_part(self, steps):
        return 1

    def on_train_part_end(self, run_context):
        part = run_context.original_args().sink_part
        self.seen.append((part.steps, float(part.outputs)))


def test_parts_of_a_sink_change_no_number():
    whole, parts = make_model(), make_model()
    seen = PartsSeen()
    one, other = History(), History()
    whole.train(2, image_data(), callbacks=one, dataset_sink_mode=True)
    parts.train(2, image_data(), callbacks=[other, seen], dataset_sink_mode=True)
    assert [steps for steps, _ in seen.seen] == [1] * 6
    assert other.history["net_output"] == [seen.seen[2][1], seen.seen[5][1]]
    assert one.history == other.history
    expected = weights_of(whole.train_network)
    for name, value in weights_of(parts.train_network).items():
        np.testing.assert_array_equal(value, expected[name])


def test_a_sink_is_cut_for_a_terminal_only():
    bar = ProgressBar()
    with Terminal():
        # of equal length where there is a divisor near a twentieth, at least 10
        lengths = {n: bar.steps_of_part(n) for n in (5, 16, 128, 1000, 1875, 937)}
    assert lengths == {5: 10, 16: 16, 128: 16, 1000: 50, 1875: 75, 937: 47}
    with contextlib.redirect_stderr(io.StringIO()):
        assert bar.steps_of_part(1000) is None


def test_silent_where_there_is_no_terminal(capfd):
    make_model().fit(1, image_data(), callbacks=ProgressBar(), dataset_sink_mode=True)
    out, err = capfd.readouterr()
    assert out == ""
    assert "Epoch" not in err
    assert "\r" not in err


@pytest.mark.parametrize(("columns", "shown"), [(34, "3/3, loss="), (60, "100%|")])
def test_a_narrow_terminal(columns, shown):
    with Terminal(columns) as terminal:
        make_model(metrics={"acc", "loss"}).fit(2, image_data(), image_data())
    drawn = [drawing for drawing in terminal.drawings if "Epoch" in drawing]
    assert max(map(len, drawn)) <= columns - 1
    bars = [line for line in terminal.lines if line.startswith("Epoch")]
    assert len(bars) == 2
    assert all(shown in bar and "loss=" in bar for bar in bars)


class Interrupt(Callback):
    def on_train_step_end(self, run_context):
        print("unfinished", end="")
        raise KeyboardInterrupt


@pytest.mark.parametrize("sink", [True, False])
def test_an_interrupt_leaves_the_terminal_as_it_was(sink):
    with Terminal() as terminal:
        with pytest.raises(KeyboardInterrupt):
            make_model().fit(
                9, image_data(), callbacks=Interrupt(), dataset_sink_mode=sink
            )
        print(" line")
    assert terminal.restored
    assert "unfinished line" in terminal.lines
    assert not [t for t in threading.enumerate() if t.name == "cellnet-progress"]


def test_switched_off():
    with Terminal() as terminal:
        make_model().fit(1, image_data(), progress_bar=False)
    assert not [line for line in terminal.lines if line.startswith("Epoch")]
    with pytest.raises(ValueError, match="refresh_seconds must be > 0"):
        ProgressBar(0)
    with pytest.raises(TypeError, match="progress_bar"):
        make_model().fit(1, image_data(), progress_bar="yes")


def test_data_of_unknown_length():
    def batches():
        for image, label in image_data().create_tuple_iterator(num_epochs=1):
            yield image.asnumpy(), label.asnumpy()

    class Batches:
        def __iter__(self):
            return batches()

    with Terminal() as terminal:
        make_model().fit(1, Batches(), dataset_sink_mode=True)
    (bar,) = [line for line in terminal.lines if line.startswith("Epoch")]
    assert "3/? [" in bar
    assert "loss=" in bar
