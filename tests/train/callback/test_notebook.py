"""What a notebook shows of a training: run in a real kernel."""

import os
import re
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

CELL = """
import numpy as np
from cellnet import Model, nn
from cellnet.train import LossMonitor
x = np.random.default_rng(0).normal(size=(256, 8)).astype(np.float32)
y = (x.sum(1) > 0).astype(np.int32)
net = nn.Dense(8, 2)
optimizer = nn.Adam(net.trainable_params(), 0.01)
model = Model(net, nn.CrossEntropyLoss(), optimizer, metrics={"acc"})
history = model.fit(2, (x, y), (x, y), callbacks=LossMonitor(), dataset_sink_mode=True)
"""


@pytest.mark.slow
def test_a_notebook_shows_a_line_for_each_epoch(monkeypatch):
    root = str(Path(__file__).parents[3])
    paths = [root, os.environ.get("PYTHONPATH", "")]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, paths)))
    cells = [nbformat.v4.new_code_cell(CELL), nbformat.v4.new_code_cell("history")]
    notebook = nbformat.v4.new_notebook(cells=cells)
    NotebookClient(notebook, timeout=300, kernel_name="python3").execute()
    outputs = notebook.cells[0].outputs
    (bar,) = [o.data["text/plain"] for o in outputs if o.output_type == "display_data"]
    first, second = bar.splitlines()
    for number, line in ((1, first), (2, second)):
        assert re.match(rf"Epoch {number}/2: 100%\|█+\| 8/8 \[.*loss=.*val_acc=", line)
    printed = "".join(o.text for o in outputs if o.output_type == "stream")
    assert len(re.findall(r"^epoch: \d step: 8, loss is ", printed, re.M)) == 2
    assert "\r" not in printed
    assert "2 epochs" in notebook.cells[1].outputs[0].data["text/plain"]
