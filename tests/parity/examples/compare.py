"""The records of one example under both: a verdict."""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

Status = Literal["agree", "runs", "disagree", "not comparable"]
Record = dict[str, Any]

# how far apart a value may be, relative to the largest of its array
_TOLERANCE = {
    **{"BFloat16": 2**-7, "Float16": 2**-9, "float16": 2**-9},
    **{"Float64": 1e-6, "float64": 1e-6, "Complex128": 1e-6, "complex128": 1e-6},
}
_OTHER_TOLERANCE = 2e-5
_APART = " apart of "
# what is smaller is the difference of larger numbers, with their errors
SMALL = 0.01
_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?|\bnan\b|\binf\b")
_ADDRESS = re.compile(r" at 0x[0-9a-f]+|id=\d+")
_MISSING_FROM_CPU = re.compile(
    r"unregister|[Uu]nsupported|not support|only support|Ascend|GPU|device|"
    r"kernel|CPU|ascend"
)
_FILE = re.compile(
    r"No such file|does not exist|not exist|is not a file|directory|not found in path|"
    r"/path|file path|folder"
)


@dataclass(frozen=True)
class Verdict:
    """What the comparison of an example found.

    Args:
        status: "runs": both run it and it shows nothing that could be compared.
        cause: of a disagreement, or why there is no comparison; "" otherwise.
    """

    status: Status
    cause: str = ""


def compare(theirs: list[Record], ours: Record, draws: bool = False) -> Verdict:
    """Compare MindSpore's results, one per seed, with cellnet's for the first seed.

    Args:
        theirs, ours: what worker.py answers.
        draws: values that differ may be random although MindSpore's are the same.
    """
    for result in theirs:
        if "died" in result:
            return Verdict("not comparable", "MindSpore crashes or takes too long")
        if result["error"]:
            return Verdict("not comparable", _why_not(result["error"]))
    if "died" in ours:
        return Verdict("disagree", f"cellnet: {ours['died']}")
    if ours["error"]:
        error = ours["error"]
        text = " ".join(_ADDRESS.sub("", error["text"]).split())
        return Verdict("disagree", f"{error['types'][0]}: {text}")
    pairs = list(_pairs(theirs, ours))
    for place, first, others, mine in pairs:
        cause = _difference(first, others, mine)
        if cause and not (draws and _APART in cause):
            return Verdict("disagree", f"{cause} ({place})")
    compared = any(
        first is not None and first["kind"] != "None" for _, first, *_ in pairs
    )
    return Verdict("agree" if compared else "runs")


def _why_not(error: Record) -> str:
    name, text = error["types"][0], error["text"]
    if name == "NameError":
        return "the example uses a name that it does not define"
    if name == "AttributeError" and text.startswith("module "):
        return "the example uses a name that MindSpore does not have"
    if name in ("SyntaxError", "IndentationError"):
        return "the example is no Python"
    if name in ("ModuleNotFoundError", "ImportError"):
        return "the example needs another package"
    if _FILE.search(text):
        return "the example needs files"
    if _MISSING_FROM_CPU.search(text):
        return "MindSpore has it on other devices only"
    return f"MindSpore raises {name} on a CPU"


def _pairs(
    theirs: list[Record], ours: Record
) -> Iterator[tuple[str, Record | None, list[Record | None], Record | None]]:
    first, *others = theirs
    mine = ours["shown"]
    for position, (place, record) in enumerate(first["shown"]):
        yield (
            place,
            record,
            [_at(each["shown"], position) for each in others],
            _at(mine, position),
        )
    for name, record in first["variables"].items():
        if name == "_":
            continue  # what the example throws away
        rest = [each["variables"].get(name) for each in others]
        yield f"variable {name}", record, rest, ours["variables"].get(name)


def _at(shown: list[list[Any]], position: int) -> Record | None:
    return shown[position][1] if position < len(shown) else None


def _difference(
    first: Record | None, others: list[Record | None], mine: Record | None
) -> str:
    """How `mine` is not `first`; "" if it is, where MindSpore's seeds agree."""
    if first is None or first["kind"] == "None":
        return ""
    first, mine = _plain(first), _plain(mine)
    if mine is None:
        return f"{first['kind']} expected, got something else"
    if first["kind"] != mine["kind"]:
        return f"{first['kind']} expected, got {mine['kind']}"
    if "items" in first:
        return _difference_of_items(first, others, mine)
    if first.get("dtype") != mine.get("dtype"):
        return f"{first['dtype']} expected, got {mine['dtype']}"
    shapes = {str(each and each.get("shape")) for each in others}
    if shapes - {str(first.get("shape"))}:
        return ""  # the shape itself is random
    if first.get("shape") != mine.get("shape"):
        return f"shape {first['shape']} expected, got {mine['shape']}"
    if any(each is None or _apart(first, each) for each in others):
        return ""  # random values
    return _apart(first, mine)


def _plain(record: Record | None) -> Record | None:
    """numpy.float64 is a float, and so are its records."""
    if record and record.get("dtype") == "float64" and record["shape"] == []:
        return {"kind": "float", "value": record["value"][0]}
    return record


def _difference_of_items(
    first: Record, others: list[Record | None], mine: Record
) -> str:
    if first["length"] != mine["length"]:
        if any(each is None or each["length"] != first["length"] for each in others):
            return ""
        return f"{first['length']} items expected, got {mine['length']}"
    items = first["items"]
    keys = list(items) if isinstance(items, dict) else range(len(items))
    for key in keys:
        rest = [_item(each, key) for each in others]
        cause = _difference(items[key], rest, _item(mine, key))
        if cause:
            return f"item {key}: {cause}"
    return ""


def _item(record: Record | None, key: Any) -> Record | None:
    try:
        return record["items"][key] if record else None
    except (KeyError, IndexError, TypeError):
        return None


def _apart(first: Record, other: Record) -> str:
    """How the values of two records differ; "" if they do not."""
    first, other = _plain(first), _plain(other)
    a, b = first.get("value"), other.get("value")
    if first.get("shape") != other.get("shape") or first["kind"] != other["kind"]:
        return "another shape"
    if isinstance(a, str) and isinstance(b, str):
        return "" if _same_text(a, b) else "another text"
    if not isinstance(a, list) or not isinstance(b, list):
        a, b = [a], [b]
    tolerance = _TOLERANCE.get(first.get("dtype", "float64"), _OTHER_TOLERANCE)
    if "float" not in str(first.get("dtype", first["kind"])).lower():
        tolerance = 0.0 if "omplex" not in str(first.get("dtype")) else tolerance
    finite = [abs(x) for x in a if isinstance(x, float) and math.isfinite(x)]
    scale = max(finite, default=0.0)
    worst = 0.0
    for x, y in zip(a, b, strict=True):
        if x == y or (x != x and y != y):
            continue
        if isinstance(x, str) or isinstance(y, str):
            return "" if _same_text(str(x), str(y)) else "another text"
        gap = abs(x - y)
        if not gap <= tolerance * max(scale, SMALL):
            worst = max(worst, gap) if math.isfinite(gap) else math.inf
    return f"values {worst:.2g}{_APART}{scale:.2g}" if worst else ""


def _same_text(a: str, b: str) -> bool:
    a, b = (" ".join(_ADDRESS.sub("", each).split()) for each in (a, b))
    if a == b:
        return True
    if _NUMBER.sub("#", a) != _NUMBER.sub("#", b):
        return False
    numbers = zip(_NUMBER.findall(a), _NUMBER.findall(b), strict=True)
    return all(math.isclose(float(x), float(y), rel_tol=1e-4) for x, y in numbers)
