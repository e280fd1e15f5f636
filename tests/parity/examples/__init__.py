"""The examples of MindSpore's docstrings, run by MindSpore and by cellnet.

They are read from the installed package when the program runs; nothing of them is kept
here but the names they belong to. `python -m tests.parity.examples --help`.

    names.py     public names, their families, their examples   (in MindSpore's process)
    extract.py   a docstring -> a program                       (in MindSpore's process)
    worker.py    runs programs in a fresh namespace each        (one process per side)
    observe.py   what a program shows, as plain records         (in both)
    prelude.py   what the examples refer to but do not define   (in both)
    run.py       feeds the workers, restarts them, keeps MindSpore's results
    compare.py   two lists of records -> a verdict
    report.py    verdicts -> docs/parity.json, docs/parity.md, status.json
"""
