"""The compile ledger and the cache on disk."""

import json
import logging
import os
import subprocess
import sys

import numpy as np

from cellnet import Tensor, graph, nn

PROGRAM = """
import json
import numpy as np
from cellnet import Tensor, graph, nn

nn.Dense(3, 4)(Tensor(np.ones((2, 3), np.float32)))
print(json.dumps([(e.function, e.form, e.cache, e.cause) for e in graph.ledger()]))
"""


def run(folder):
    environment = {**os.environ, "CELLNET_CACHE": str(folder)}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)


def test_the_second_start_compiles_nothing(tmp_path):
    folder = tmp_path / "cache"
    assert run(folder) == [["Dense", "call", "miss", "first call"]]
    assert any(folder.iterdir())
    assert run(folder) == [["Dense", "call", "hit", "first call"]]
    assert run("off") == [["Dense", "call", "off", "first call"]]


class Scale(nn.Cell):
    def __init__(self):
        super().__init__()
        self.factor = 2.0

    def construct(self, x, power=1):
        return (x * self.factor) ** power


def test_the_cause_of_a_new_program_is_named(caplog):
    before = len(graph.ledger())
    net, x = Scale(), np.ones((2, 3), np.float32)
    with caplog.at_level(logging.INFO, "cellnet"):
        net(Tensor(x))
        net(Tensor(x))
        net(Tensor(x[:1]))
        net(Tensor(x.astype(np.float16)))
        net.factor = 3.0
        net(Tensor(x))
        net(Tensor(x), power=2)
    entries = graph.ledger()[before:]
    assert [e.cause for e in entries] == [
        "first call",
        "array 0 is float32[1, 3], was float32[2, 3]",
        "array 0 is float16[2, 3], was float32[1, 3]",
        "the attribute 'factor' of Scale changed",
        "another Python argument",
    ]
    lines = [r.getMessage() for r in caplog.records if "compiled" in r.getMessage()]
    assert lines == [str(e) for e in entries]
    assert all(e.compile_s > 0 for e in entries)


def test_the_oldest_programs_go_first(tmp_path, monkeypatch):
    from cellnet.graph import cache

    for age, name in enumerate(("new", "old", "older")):
        (tmp_path / name).write_bytes(bytes(100))
        os.utime(tmp_path / name, (1000 - age, 1000 - age))
    monkeypatch.setattr(cache, "MAX_BYTES", 150)
    cache._prune(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["new"]
