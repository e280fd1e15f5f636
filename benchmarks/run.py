"""One training step in every way: cellnet's, bare JAX, and the peers.

    python benchmarks/run.py [--quick] [--nets lenet5,mlp] [--ways cellnet-sunk,torch]

Each way runs in a process of its own; the repetitions of all ways are interleaved, so
that a busy machine slows them alike. Each way first shows that it computes the same
losses from the same weights and batches. With ``--batches`` each network runs at those
batch sizes. The table goes to ``--out``.md, all figures to ``--out``.json.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path

from fleet import DEFAULTS, interpreters
from measure import Column, Effort, measure
from nets import NETS, TABLE
from report import RESULTS, describe, geometric_mean, keep, machine, table
from ways import BASE, WAYS, ways_for

FULL = Effort(reps=7, seconds=1.0)
QUICK = Effort(reps=3, seconds=0.2, budget_s=10, limit_s=180)
MIB = 2**20


def parser(doc: str, nets: Sequence[str], out: Path) -> argparse.ArgumentParser:
    """The command line that this program and gpu.py share."""
    text, _, more = doc.partition("\n")
    made = argparse.ArgumentParser(
        description=text,
        epilog=more,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    made.add_argument("--nets", type=_names(NETS), default=list(nets))
    made.add_argument("--ways", type=_names(WAYS), help=", ".join(WAYS))
    made.add_argument("--batches", type=_sizes, default=[None], help="1,4,16,64,256")
    made.add_argument("--reps", type=int, help=f"repetitions ({FULL.reps})")
    made.add_argument("--seconds", type=float, help="of one repetition (1)")
    made.add_argument(
        "--limit", type=float, help=f"seconds one answer may take ({FULL.limit_s:.0f})"
    )
    made.add_argument("--quick", action="store_true", help="rough; keeps no results")
    made.add_argument("--out", type=Path, help=f"without suffix ({_shown(out)})")
    made.add_argument(
        "--python",
        action="append",
        default=[],
        metavar="NAME=PATH",
        help=f"interpreter of one of {', '.join(DEFAULTS)}; also BENCH_NAME_PYTHON",
    )
    made.set_defaults(usual_out=out)
    return made


def run(args: argparse.Namespace, title: str, device: str, effort: Effort) -> int:
    """Measure what the command line asks for; 1 if cellnet itself failed somewhere."""
    if args.quick:
        effort = replace(QUICK, data_bytes=effort.data_bytes)
    chosen = {"reps": args.reps, "seconds": args.seconds, "limit_s": args.limit}
    effort = replace(effort, **{k: v for k, v in chosen.items() if v is not None})
    ways = args.ways or ways_for(device)
    out = args.out or (None if args.quick else args.usual_out)
    pythons = interpreters(args.python)
    columns: list[Column] = []
    for net in args.nets:
        for batch in args.batches:
            column = measure(
                net, batch, ways, device=device, pythons=pythons, effort=effort
            )
            columns.append(column)
            _tell(column)
            if out is not None:  # what was measured outlives an interruption
                keep(out, *_report(title, ways, columns, effort))
    print(_report(title, ways, columns, effort)[0])
    return int(any(way.startswith("cellnet") for c in columns for way in c.failures))


def _report(
    title: str, ways: list[str], columns: list[Column], effort: Effort
) -> tuple[str, dict]:
    facts = machine()
    versions = {way: v for column in columns for way, v in column.versions.items()}
    parts = [f"# {title}", describe(facts, versions), *_tables(ways, columns)]
    notes = [
        f"- {WAYS[way].title}, {column.title}: {why}"
        for column in columns
        for way, why in column.failures.items()
    ]
    if notes:
        parts += ["Not measured:", "\n".join(notes)]
    data = {
        "title": title,
        "machine": facts,
        "versions": versions,
        "effort": asdict(effort),
        "columns": [
            {
                **{"net": c.net, "batch": c.batch, "failures": c.failures},
                "ways": {
                    way: {**asdict(cell), "ratio": c.ratio(way)}
                    for way, cell in c.cells.items()
                },
            }
            for c in columns
        ],
    }
    return "\n\n".join(parts) + "\n", data


def _tables(ways: list[str], columns: list[Column]) -> list[str]:
    head = ["", *(c.title for c in columns)]

    def rows(show) -> list[list[str]]:
        return [
            [WAYS[way].title]
            + [show(c, way) if way in c.cells else "-" for c in columns]
            for way in ways
        ]

    def ratio(column: Column, way: str) -> str:
        found = column.ratio(way)
        return "-" if found is None else f"{found:.2f}"

    def memory(column: Column, way: str) -> str:
        cell = column.cells[way]
        return f"{cell.training_bytes / MIB:,.0f} / {cell.peak_bytes / MIB:,.0f}"

    ratios = rows(ratio)
    for row, way in zip(ratios, ways, strict=True):
        found = [r for c in columns if (r := c.ratio(way)) is not None]
        row.append(f"{geometric_mean(found):.2f}" if found else "-")
    return [
        f"Time of a step, {WAYS[BASE].title} = 1 (batch size in brackets):",
        table([*head, "geometric mean"], ratios),
        "Microseconds a step, median:",
        table(head, rows(lambda c, w: f"{c.cells[w].median_s() * 1e6:,.0f}")),
        "Seconds to the end of the first steps, compilation included, imports not:",
        table(head, rows(lambda c, w: f"{c.cells[w].first_s:.1f}")),
        "Peak memory above that of the imports, MiB: while training / compilation "
        "included:",
        table(
            head,
            rows(memory),
        ),
    ]


def _tell(column: Column) -> None:
    """Progress, on standard error."""
    print(column.title, file=sys.stderr)
    for way, cell in column.cells.items():
        ratio = column.ratio(way)
        print(
            f"  {way:16} {cell.median_s() * 1e6:12,.0f} us"
            + ("" if ratio is None else f"  {ratio:6.2f}")
            + f"  {cell.steps} steps x {len(cell.step_s)}",
            file=sys.stderr,
        )
    for way, why in column.failures.items():
        print(f"  {way:16} {why}", file=sys.stderr)


def _names(known):
    def parse(text: str) -> list[str]:
        names = text.split(",")
        for name in names:
            if name not in known:
                raise argparse.ArgumentTypeError(
                    f"{name!r} is none of {', '.join(known)}"
                )
        return names

    return parse


def _sizes(text: str) -> list[int]:
    return [int(part) for part in text.split(",")]


def _shown(path: Path) -> Path:
    return path.relative_to(RESULTS.parent)


def main() -> int:
    """Measure on the CPU."""
    assert __doc__ is not None
    args = parser(__doc__, TABLE, RESULTS / "cpu").parse_args()
    return run(args, "One training step, float32, on CPU", "cpu", FULL)


if __name__ == "__main__":
    raise SystemExit(main())
