"""The oracle's side: runs requested code with MindSpore, in MindSpore's interpreter.

Started by `oracle.py`, never imported. One JSON line in, one JSON line out; arrays go
through .npz files. Each request is a module file of its own, because GRAPH_MODE reads
the source of a Cell from its file.
"""

import faulthandler
import importlib.util
import json
import os
import sys
import traceback

import numpy as np


def serve(replies):
    for line in sys.stdin:
        request = json.loads(line)
        try:
            answer(request)
            reply = {"ok": True}
        except Exception:
            reply = {"ok": False, "error": traceback.format_exc()}
        replies.write(json.dumps(reply) + "\n")
        replies.flush()


def answer(request):
    with np.load(request["inputs"], allow_pickle=False) as archive:
        inputs = dict(archive)
    spec = importlib.util.spec_from_file_location(request["module"], request["source"])
    module = importlib.util.module_from_spec(spec)
    sys.modules[request["module"]] = module
    spec.loader.exec_module(module)
    outputs = getattr(module, request["function"])(inputs)
    np.savez(request["outputs"], **{k: np.asarray(v) for k, v in outputs.items()})


if __name__ == "__main__":
    # Whatever the oracle prints must not mix with the replies.
    with os.fdopen(os.dup(1), "w") as own_replies:
        os.dup2(2, 1)
        faulthandler.enable()
        serve(own_replies)
