"""Values as entries of TensorBoard's event files; tensorboardX does the encoding."""

from __future__ import annotations

import importlib
import re
import time
from pathlib import Path
from typing import Any

import numpy as np

# of a histogram; a rule that looks at the values costs more than counting them
_BINS = 64


class EventFile:
    """An event file that grows.

    Args:
        folder: where it is made; its name begins with ``events.out.tfevents``.
        suffix: what its name ends with.
        max_size: bytes; an entry that would make the file larger is left out. None for
            no limit.

    Raises:
        ImportError: tensorboardX is not installed.
    """

    def __init__(self, folder: Path, suffix: str, max_size: int | None) -> None:
        _tensorboardx()
        folder.mkdir(parents=True, exist_ok=True)
        self._max_size = max_size
        writer = importlib.import_module("tensorboardX.event_file_writer")
        # its names tell files apart by the second only, and it would empty the first
        before = len(list(folder.glob("events.out.tfevents.*")))
        suffix = f".{before}{suffix}" if before else suffix
        # not its EventFileWriter, whose thread gets events pickled, through a pipe
        self._writer = writer.EventsWriter(str(folder / "events"), suffix)
        self._file = Path(self._writer._file_name)
        self._written = 0

    @property
    def path(self) -> str:
        """The file."""
        return str(self._file)

    def write(self, step: int, entries: list[Any]) -> bool:
        """Add entries, what :func:`entry` gives; False if the file is full."""
        summaries = importlib.import_module("tensorboardX.proto.summary_pb2")
        return self._add(step=step, summary=summaries.Summary(value=entries))

    def write_graph(self, nodes: list[Any]) -> bool:
        """Add the graph of a network, Nodes of ``cellnet.view``; False if full."""
        return self._add(graph_def=encode_graph(nodes).SerializeToString())

    def write_restart(self, step: int) -> bool:
        """Say that a run goes on: ``step`` and those after it are written again."""
        events = importlib.import_module("tensorboardX.proto.event_pb2")
        started = events.SessionLog(status=events.SessionLog.START)
        return self._add(step=step, session_log=started)

    def _add(self, **content: Any) -> bool:
        events = importlib.import_module("tensorboardX.proto.event_pb2")
        event = events.Event(wall_time=time.time(), **content)
        self._written += event.ByteSize() + 16
        if self._max_size is not None and self._written > self._max_size:
            return False
        self._writer.write_event(event)
        return True

    def flush(self) -> None:
        """Write to disk what waits."""
        self._writer.flush()

    def close(self) -> None:
        """Write to disk what waits, and end."""
        self._writer.close()


def encode_graph(nodes: list[Any]) -> Any:
    """Nodes of ``cellnet.view`` as TensorBoard's GraphDef."""
    graphs = importlib.import_module("tensorboardX.proto.graph_pb2")
    graph = graphs.GraphDef()
    graph.versions.producer = 22  # the first that TensorBoard shows shapes of
    for node in nodes:
        encoded = graph.node.add(
            name=node.name,
            op=node.kind.replace(", ", "_"),
            input=[source.name for source in node.sources],
        )
        if node.shape is not None:
            shape = encoded.attr["_output_shapes"].list.shape.add()
            for size in node.shape:
                shape.dim.add(size=size)
    return graph


def settings_entries(settings: dict[str, Any]) -> tuple[list[Any], list[Any]]:
    """Entries for TensorBoard's table of runs: their settings beside their scalars.

    Args:
        settings: name -> str, bool or number.

    Returns:
        What to write when the run begins, and when it has ended well.
    """
    library = importlib.import_module("tensorboardX.summary")
    # without the first part, a list of columns, the table takes all scalars
    _, begin, end = library.hparams(settings, {})
    return list(begin.value), list(end.value)


def charts_entries(charts: dict[str, list[str]]) -> list[Any]:
    """Entries for TensorBoard's tab Custom Scalars.

    Args:
        charts: title -> the tags of the scalars drawn together.
    """
    library = importlib.import_module("tensorboardX.summary")
    # TensorBoard takes tags as patterns that match from the beginning
    lines = {
        title: ["Multiline", [f"{re.escape(tag)}$" for tag in tags]]
        for title, tags in charts.items()
    }
    return list(library.custom_scalars({"training and validation": lines}).value)


def entry(kind: str, tag: str, value: Any) -> Any:
    """One value as an entry of an event file.

    Args:
        kind: "scalar", "histogram", "image", "images", "tensor" or "text".
        tag: its name.
        value: an array; for images (N, C, H, W), in [0, 1] or of uint8, of which
            "image" keeps the first and "images" makes one picture; for "text" a str.
    """
    return _ENTRIES[kind](importlib.import_module("tensorboardX.summary"), tag, value)


def _scalar(library: Any, tag: str, value: np.ndarray) -> Any:
    return library.scalar(tag, float(value.reshape(()))).value[0]


def _histogram(library: Any, tag: str, value: np.ndarray) -> Any:
    numbers = np.asarray(value, np.float64).ravel()
    finite = numbers[np.isfinite(numbers)]
    if not finite.size:
        finite = np.zeros(1)
    return library.histogram(tag, finite, _BINS).value[0]


def _image(library: Any, tag: str, value: np.ndarray) -> Any:
    picture = np.asarray(value[0])
    if picture.dtype != np.uint8:
        low, high = float(picture.min()), float(picture.max())
        # what is no picture already is stretched to one, as MindSpore does
        if low < 0 or high > 1:
            picture = (picture - low) / max(high - low, 1e-12)
        picture = picture.astype(np.float32)
    return library.image(tag, picture, dataformats="CHW").value[0]


def _images(library: Any, tag: str, value: np.ndarray) -> Any:
    grid = importlib.import_module("tensorboardX.utils").make_grid(value)
    return _image(library, tag, grid[None])


def _tensor(library: Any, tag: str, value: np.ndarray) -> Any:
    del library
    summaries = importlib.import_module("tensorboardX.proto.summary_pb2")
    tensors = importlib.import_module("tensorboardX.proto.tensor_pb2")
    shapes = importlib.import_module("tensorboardX.proto.tensor_shape_pb2")
    value = np.asarray(value, np.float32)
    shape = shapes.TensorShapeProto(
        dim=[shapes.TensorShapeProto.Dim(size=n) for n in value.shape]
    )
    content = tensors.TensorProto(
        dtype="DT_FLOAT", tensor_shape=shape, float_val=value.ravel().tolist()
    )
    return summaries.Summary.Value(tag=tag, tensor=content)


def _text(library: Any, tag: str, value: str) -> Any:
    return library.text(tag, value).value[0]


_ENTRIES = {
    "scalar": _scalar,
    "histogram": _histogram,
    "image": _image,
    "images": _images,
    "tensor": _tensor,
    "text": _text,
}


def _tensorboardx() -> Any:
    try:
        return importlib.import_module("tensorboardX")
    except ImportError as error:
        raise ImportError(
            "SummaryRecord needs tensorboardX, which is not installed: "
            'pip install "cellnet[tensorboard]"'
        ) from error
