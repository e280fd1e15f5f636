"""Compare the examples of MindSpore's docstrings: `make parity-examples`."""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from tests.parity.examples import report, run
from tests.parity.examples.compare import Verdict, compare
from tests.parity.oracle import ENVIRONMENT, find_python

STATUS = Path(__file__).with_name("status.json")
DOCUMENT = run.ROOT / "docs" / "parity.md"


def main() -> int:
    """Run, print the table, write what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", nargs="*", metavar="WORD", help="names with one")
    parser.add_argument("--family", nargs="*", choices=report.FAMILIES)
    parser.add_argument("--json", type=Path, help="where parity.json goes")
    parser.add_argument(
        "--write", action="store_true", help="also docs/parity.md and status.json"
    )
    parser.add_argument("--show", action="store_true", help="print disagreements")
    args = parser.parse_args()
    python = find_python()
    if python is None:
        return print(f"no MindSpore: `make parity`, or set {ENVIRONMENT}") or 2
    verdicts, families, version = collect(
        str(python),
        lambda entry: (
            (not args.only or any(word in entry["name"] for word in args.only))
            and (not args.family or entry["family"] in args.family)
        ),
        show=args.show,
    )
    by_family = report.counts(verdicts, families)
    print(report.table(by_family))
    if args.json:
        found = {
            "examples": {
                "families": by_family,
                "names": {n: [v.status, v.cause] for n, v in sorted(verdicts.items())},
            }
        }
        report.write_json(args.json, {"mindspore": version}, found)
    if args.write:
        text = f"{report.table(by_family)}\n\n{report.reasons(verdicts)}"
        report.put_into(DOCUMENT, text)
        STATUS.write_text(json.dumps(report.statuses(verdicts), indent=0) + "\n")
    return 0


def collect(
    python: str, wanted: Any, *, show: bool = False
) -> tuple[dict[str, Verdict], dict[str, str], str]:
    """Verdict and family of each name that both have, and MindSpore's version."""
    verdicts: dict[str, Verdict] = {}
    with (
        run.Worker("mindspore", python) as theirs,
        run.Worker("cellnet", sys.executable) as ours,
    ):
        oracle = run.Oracle(theirs)
        entries = [each for each in oracle.examples() if wanted(each)]
        have = set(ours.ask(do="has", names=[each["name"] for each in entries]))
        ours.stop()  # looking for what is not there leaves traces
        entries = [each for each in entries if each["name"] in have]

        def done(example: run.Example, first: Any, second: Any) -> None:
            verdict = compare(first, second, example.draws)
            verdicts.update(dict.fromkeys(example.names, verdict))
            if show and verdict.status == "disagree":
                print(f"{example.names[0]}: {verdict.cause[:300]}", flush=True)

        run.run_all(oracle, ours, entries, done)
    return verdicts, {each["name"]: each["family"] for each in entries}, oracle.version


if __name__ == "__main__":
    sys.exit(main())
