"""A program that ends while data is read ahead of it."""

import os
import subprocess
import sys

import pytest

PROGRAM = """
import sys, time
import cv2
import numpy as np
import cellnet.dataset as ds
from cellnet import data_sink

cv2.setNumThreads(1)
picture = np.zeros((2000, 2000), np.float32)
seen = []

def slow(x):
    seen.append(1)
    if len(seen) > 200:  # in the third batch, which is read ahead
        {slow}
    return x

data = ds.NumpySlicesDataset(np.ones((400, 2), np.float32), ["x"]).map(slow, "x")
print(data_sink(lambda x: x.sum(), data.batch(100), sink_size=1)())
while len(seen) < 202:
    time.sleep(0.01)
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    "slow",
    [
        "cv2.GaussianBlur(picture, (101, 101), 9)",  # the batch takes many seconds
        "time.sleep(3600) if len(seen) > 201 else None",
    ],
    ids=["computes", "waits"],
)
def test_a_program_ends_well_in_the_middle_of_a_batch(slow):
    ended = subprocess.run(
        [sys.executable, "-c", PROGRAM.format(slow=slow)],
        capture_output=True,
        text=True,
        timeout=240,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    )
    assert (ended.returncode, ended.stdout) == (0, "200.0\n"), ended.stderr
