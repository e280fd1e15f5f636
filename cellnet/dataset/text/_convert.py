"""to_str and to_bytes: texts to bytes and back."""

from __future__ import annotations

import numpy as np


def to_str(array: np.ndarray, encoding: str = "utf8") -> np.ndarray:
    """Decode an array of bytes.

    Args: array: of dtype S, any shape. encoding: of the bytes.
    Returns: texts, the same shape.
    Raises: TypeError: no array of bytes. UnicodeDecodeError: they are of another
        encoding.
    Example: >>> to_str(np.array([b"a", b"b"])).tolist()
        ['a', 'b']
    References: mindspore.dataset.text.to_str.
    """
    return np.char.decode(_checked("to_str", array, "S"), encoding)


def to_bytes(array: np.ndarray, encoding: str = "utf8") -> np.ndarray:
    """Encode an array of texts.

    Args: array: of dtype U, any shape. encoding: of the bytes.
    Returns: bytes, dtype S, the same shape.
    Raises: TypeError: no array of texts. UnicodeEncodeError: not in this encoding.
    Example: >>> to_bytes(np.array(["a", "b"])).tolist()
        [b'a', b'b']
    References: mindspore.dataset.text.to_bytes.
    """
    return np.char.encode(_checked("to_bytes", array, "U"), encoding)


def _checked(owner: str, array: np.ndarray, kind: str) -> np.ndarray:
    if not isinstance(array, np.ndarray) or array.dtype.kind != kind:
        raise TypeError(
            f"{owner}: expected an array of {'bytes' if kind == 'S' else 'texts'}, got "
            f"{array!r}."
        )
    return array
