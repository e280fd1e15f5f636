"""The harness of the parity tests, itself tested."""

import numpy as np
import pytest

from tests.parity.oracle import Oracle, OracleError, OracleTimeout, find_python


def test_a_cell_of_the_request_runs_in_graph_mode(run_oracle):
    def double(inputs):
        import mindspore as ms

        class Double(ms.nn.Cell):
            def construct(self, x):
                return x * 2

        ms.set_context(mode=ms.GRAPH_MODE)
        return {"net.y": Double()(ms.Tensor(inputs["x"])).asnumpy()}

    x = np.array([1.0, 2.5], np.float32)
    outputs = run_oracle(double, {"x": x})
    assert outputs["net.y"].dtype == np.float32
    np.testing.assert_array_equal(outputs["net.y"], x + x)


def test_the_oracle_has_no_cellnet_and_a_text_is_code_too(run_oracle):
    text = """
        import sys
        import mindspore

        def oracle(inputs):
            print("what is printed is not a reply")
            found = [name for name in sys.modules if name.startswith("cellnet")]
            return {"version": mindspore.__version__, "found": len(found)}
    """
    outputs = run_oracle(text)
    assert str(outputs["version"]).startswith("2.10")
    assert outputs["found"] == 0


def test_an_error_comes_back_and_the_next_request_works(run_oracle):
    with pytest.raises(OracleError, match="KeyError: 'missing'"):
        run_oracle("def oracle(inputs): return inputs['missing']")
    assert run_oracle("def oracle(inputs): return inputs", {"x": 1})["x"] == 1


def test_a_dead_process_is_an_error_with_its_log(run_oracle):
    del run_oracle  # only for its skip: this process is one of its own
    python = find_python()
    assert python is not None
    die = """
        import os

        def oracle(inputs):
            print("last words", flush=True)
            os.abort()
    """
    with Oracle(python) as oracle, pytest.raises(OracleError, match="last words"):
        oracle.run(die)


def test_after_a_stand_still_the_request_is_tried_again(
    run_oracle, monkeypatch, tmp_path
):
    del run_oracle  # only for its skip
    monkeypatch.setattr("tests.parity.oracle.TIMEOUT_SECONDS", 8)
    python = find_python()
    assert python is not None
    once = """
        import pathlib
        import time

        def oracle(inputs):
            mark = pathlib.Path(str(inputs["mark"]))
            if not mark.exists():
                mark.touch()
                time.sleep(60)
            return {"tried": 2}

        def always(inputs):
            time.sleep(60)
    """
    with Oracle(python) as oracle:
        assert oracle.run(once, {"mark": str(tmp_path / "mark")})["tried"] == 2
        with pytest.raises(OracleTimeout, match="in always"):
            oracle.run(once, function="always")
        assert oracle.run(once, {"mark": str(tmp_path / "mark")})["tried"] == 2
