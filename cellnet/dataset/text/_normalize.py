"""One text for another: case, Unicode's normal forms, patterns."""

from __future__ import annotations

import unicodedata
from typing import Any

import numpy as np

from .._checks import check_bool
from ..transforms._base import Transform
from ._choices import NormalizeForm
from ._text import check_text, regex, texts

IGNORABLE = r"\p{Default_Ignorable_Code_Point}"
# replacement texts, as ICU has them: $1 and ${name} are groups, \x is x
REPLACEMENT = r"\\(?P<plain>.)|\$(?P<number>\d)|\$\{(?P<name>\w+)\}"


class _EachText(Transform):
    """Each text by itself; any shape."""

    def __call__(self, value: Any) -> np.ndarray:
        array = texts(type(self).__name__, value)
        changed = [self._change(text) for text in array.ravel().tolist()]
        return np.array(changed, None if changed else "U").reshape(array.shape)

    def _change(self, text: str) -> str:
        raise NotImplementedError


class CaseFold(_EachText):
    """Lower case, so that texts can be compared: Unicode's NFKC_Casefold.

    Inputs: texts, any shape.  Outputs: the same shape.
    Raises: TypeError: no text. ImportError: the package regex is missing.
    Example: >>> str(CaseFold()("Welcome"))
        'welcome'
    References: mindspore.dataset.text.CaseFold; Unicode standard, 3.13.
    """

    def _change(self, text: str) -> str:
        return case_fold("CaseFold", text)


class NormalizeUTF8(_EachText):
    """One of Unicode's normal forms.

    Args: normalize_form: a NormalizeForm.
    Inputs: texts, any shape.  Outputs: the same shape.
    Raises: TypeError: normalize_form is none, or no text.
    Example: >>> str(NormalizeUTF8()("\\u2460"))
        '1'
    References: mindspore.dataset.text.NormalizeUTF8.
    """

    def __init__(self, normalize_form: NormalizeForm = NormalizeForm.NFKC) -> None:
        self.normalize_form = check_form("NormalizeUTF8", normalize_form)

    def _change(self, text: str) -> str:
        return normalize(text, self.normalize_form)


class RegexReplace(_EachText):
    """What matches a pattern, replaced.

    Args: pattern: in the syntax of ICU, which Python's package regex reads too.
        replace: the text instead; $1 is a group of the match.
        replace_all: every match, not the first one only.
    Inputs: texts, any shape.  Outputs: the same shape.
    Raises: TypeError, ValueError: a setting is not as said. ImportError: the package
        regex is missing.
    Example: >>> str(RegexReplace("[0-9]+", "<$0>")("a 12"))
        'a <12>'
    References: mindspore.dataset.text.RegexReplace.
    """

    def __init__(self, pattern: str, replace: str, replace_all: bool = True) -> None:
        name = "RegexReplace"
        self.pattern = check_text(name, "pattern", pattern)
        self.replace = check_text(name, "replace", replace)
        self.replace_all = check_bool(name, "replace_all", replace_all)
        self._compiled = compiled(name, pattern)
        self._pieces = regex(name).compile(REPLACEMENT)

    def _change(self, text: str) -> str:
        def replacement(match: Any) -> str:
            def piece(found: Any) -> str:
                if found["plain"] is not None:
                    return found["plain"]
                group = found["name"] or int(found["number"])
                return match[group] or ""

            return self._pieces.sub(piece, self.replace)

        return self._compiled.sub(replacement, text, 0 if self.replace_all else 1)


def check_form(owner: str, form: Any) -> NormalizeForm:
    if not isinstance(form, NormalizeForm):
        raise TypeError(f"{owner}: expected a NormalizeForm, got {form!r}.")
    return form


def normalize(text: str, form: NormalizeForm) -> str:
    if form is NormalizeForm.NONE:
        return text
    return unicodedata.normalize(form.name, text)


def case_fold(owner: str, text: str) -> str:
    folded = unicodedata.normalize("NFKC", text).casefold()
    visible = regex(owner).sub(IGNORABLE, "", folded)
    return unicodedata.normalize("NFKC", visible)


def compiled(owner: str, pattern: str) -> Any:
    module = regex(owner)
    try:
        return module.compile(pattern)
    except module.error as error:
        raise ValueError(f"{owner}: {pattern!r} is no pattern: {error}.") from error
