"""BleuScore: how close a translation is to its references."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np

from cellnet._checks import check_bool, check_int
from cellnet.train.metrics._metric import Metric, no_samples, rearrange_inputs


class BleuScore(Metric):
    r"""BP * exp(mean over n of log p_n), n = 1 .. n_gram.

    p_n is the share of the candidates' n-grams that are in a reference, each as often
    as it is there; BP = exp(1 - r / c), at most 1, for c words in the candidates and
    r in the references next to them in length.

    Args:
        n_gram: 1 to 4.
        smooth: add one to all counts.

    Inputs of ``update``: candidates, a list of lists of words; references, for each
        candidate a list of lists of words.

    Raises:
        TypeError: n_gram is no int, smooth no bool.
        ValueError: n_gram outside 1 to 4; lists of different length; another number of
            inputs.
        RuntimeError: ``eval`` without samples.

    Example:
        >>> candidate = "i have a pen on my desk".split()
        >>> references = ["i have a pen in my desk", "there is a pen on the desk"]
        >>> score = BleuScore()([candidate], [[r.split() for r in references]])
        >>> round(float(score), 4)
        0.5946

    References: mindspore.train.BleuScore; Papineni et al., ACL 2002; with smoothing
        Lin and Och, COLING 2004.
    """

    def __init__(self, n_gram: int = 4, smooth: bool = False) -> None:
        super().__init__()
        self.n_gram = check_int("BleuScore", "n_gram", n_gram, minimum=1)
        if n_gram > 4:
            raise ValueError(f"BleuScore: n_gram must be 1 to 4, got {n_gram}")
        self.smooth = check_bool("BleuScore", "smooth", smooth)
        self.clear()

    def clear(self) -> None:
        self._matches = np.zeros(self.n_gram)
        self._total = np.zeros(self.n_gram)
        self._candidate_words = self._reference_words = 0
        self._updated = False

    @rearrange_inputs
    def update(self, *inputs: Any) -> None:
        """Take in candidates and their references."""
        if len(inputs) != 2:
            raise ValueError(
                "BleuScore.update: expected 2 inputs (candidates, references), got "
                f"{len(inputs)}; set_indexes chooses some"
            )
        candidates, references = inputs
        if len(candidates) != len(references):
            raise ValueError(
                f"BleuScore.update: {len(candidates)} candidates need as many lists of "
                f"references, got {len(references)}"
            )
        for candidate, its_references in zip(candidates, references, strict=True):
            self._add(candidate, its_references)
        self._updated = True

    def _add(self, candidate: Sequence[Any], references: Sequence[Any]) -> None:
        size = len(candidate)
        self._candidate_words += size
        self._reference_words += min(
            map(len, references), key=lambda other: abs(size - other)
        )
        allowed: Counter[tuple[Any, ...]] = Counter()
        for reference in references:
            allowed |= _n_grams(reference, self.n_gram)
        found = _n_grams(candidate, self.n_gram)
        for counts, kept in ((found & allowed, self._matches), (found, self._total)):
            for gram, count in counts.items():
                kept[len(gram) - 1] += count

    def eval(self) -> Any:
        """The score in [0, 1], a NumPy float64."""
        if not self._updated:
            raise no_samples(self)
        if not self._matches.all():
            return np.float64(0.0)
        extra = 1 if self.smooth else 0
        precisions = (self._matches + extra) / (self._total + extra)
        shortness = 1 - self._reference_words / self._candidate_words
        return np.exp(min(0.0, shortness) + np.log(precisions).mean())


def _n_grams(words: Sequence[Any], longest: int) -> Counter[tuple[Any, ...]]:
    return Counter(
        tuple(words[start : start + size])
        for size in range(1, longest + 1)
        for start in range(len(words) - size + 1)
    )
