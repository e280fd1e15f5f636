"""Verdicts by name -> docs/parity.json, the table of docs/parity.md, status.json."""

import json
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.parity.examples.compare import Verdict

FAMILIES = (
    *("nn", "loss", "optim", "ops", "tensor_methods", "methods", "train", "common"),
    *("numpy", "mint", "dataset"),
)
BEGIN, END = "<!-- examples: begin -->", "<!-- examples: end -->"
# of each family, in the table
_COLUMNS = ("agree", "runs", "disagree", "not comparable")


def counts(
    verdicts: Mapping[str, Verdict], families: Mapping[str, str]
) -> dict[str, Counter[str]]:
    """How many names of each family have each status."""
    table = {family: Counter[str]() for family in FAMILIES}
    for name, verdict in verdicts.items():
        table[families[name]][verdict.status] += 1
    return table


def table(by_family: Mapping[str, Counter[str]]) -> str:
    """The counts as a table in Markdown, with a last row for all."""
    rows = [*by_family.items(), ("all", sum(by_family.values(), Counter()))]
    lines = [
        "| family | names with an example | agree | run, nothing to compare | disagree "
        "| not comparable | agree, of the comparable |",
        "| --- " * 7 + "|",
    ]
    for family, count in rows:
        total = sum(count[each] for each in _COLUMNS)
        if not total:
            continue
        numbers = " | ".join(str(count[each]) for each in _COLUMNS)
        comparable = count["agree"] + count["disagree"]
        share = f"{100 * count['agree'] / comparable:.1f} %" if comparable else "-"
        lines.append(f"| {family} | {total} | {numbers} | {share} |")
    return "\n".join(lines)


def reasons(verdicts: Mapping[str, Verdict]) -> str:
    """Why examples are not comparable, as a table in Markdown."""
    why = Counter(
        verdict.cause
        for verdict in verdicts.values()
        if verdict.status == "not comparable"
    )
    lines = ["| not comparable, because | names |", "| --- | --- |"]
    return "\n".join([*lines, *(f"| {k} | {n} |" for k, n in why.most_common())])


def put_into(document: Path, text: str) -> None:
    """Replace what stands between the two marks in `document`."""
    before, _, rest = document.read_text(encoding="utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    document.write_text(f"{before}{BEGIN}\n\n{text}\n\n{END}{after}", encoding="utf-8")


def write_json(path: Path, versions: Mapping[str, str], found: Any) -> None:
    """docs/parity.json: versions, counts by family, each name with status and cause."""
    path.write_text(json.dumps({**versions, **found}, indent=1) + "\n")


def statuses(verdicts: Mapping[str, Verdict]) -> dict[str, list[str]]:
    """Names by status, sorted: what status.json keeps."""
    kept: dict[str, list[str]] = {each: [] for each in _COLUMNS}
    for name, verdict in sorted(verdicts.items()):
        kept[verdict.status].append(name)
    return kept
