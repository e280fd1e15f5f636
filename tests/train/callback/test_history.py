"""History: what Model.fit returns, as rows, as a frame, as a picture."""

import sys

import numpy as np
import pytest

from cellnet.train.callback import History
from tests.train._training import image_data, make_model


def fitted(**kwargs):
    model = make_model(metrics={"acc", "loss"})
    return model, model.fit(4, image_data(), image_data(), **kwargs)


def test_fit_returns_a_history():
    model, history = fitted(dataset_sink_mode=True, valid_frequency=2)
    assert history.epoch == {"epoch": [1, 2, 3, 4]}
    rows = history.to_rows()
    assert [row["epoch"] for row in rows] == [1, 2, 3, 4]
    assert [sorted(row) for row in rows[:2]] == [
        ["epoch", "net_output"],
        ["acc", "epoch", "loss", "net_output"],
    ]
    assert rows[3]["acc"] == model.eval(image_data())["acc"]
    mine = History()
    assert model.fit(1, image_data(), callbacks=[mine]) is mine


def test_rows_of_a_second_run_have_their_own_results():
    model = make_model(metrics={"loss"})
    history = model.fit(2, image_data())
    model.fit(3, image_data(), image_data(), valid_frequency=[2], callbacks=history)
    rows = history.to_rows()
    assert [row["epoch"] for row in rows] == [1, 2, 1, 2, 3]
    assert ["loss" in row for row in rows] == [False, False, False, True, False]
    restored = History()
    restored.load_state_dict(history.state_dict())
    assert restored.to_rows() == rows


def test_a_frame():
    pandas = pytest.importorskip("pandas")
    _, history = fitted(valid_frequency=[1, 4])
    frame = history.to_frame()
    assert isinstance(frame, pandas.DataFrame)
    assert list(frame.index) == [1, 2, 3, 4]
    assert frame.index.name == "epoch"
    assert frame["net_output"].tolist() == history.history["net_output"]
    assert frame["loss"].isna().tolist() == [False, True, True, False]


def test_curves(tmp_path):
    pytest.importorskip("matplotlib")
    _, history = fitted(train_metrics=True)
    figure = history.plot(tmp_path / "curves.png")
    assert (tmp_path / "curves.png").read_bytes().startswith(b"\x89PNG")
    panels = {axes.get_title(): axes for axes in figure.axes}
    assert set(panels) == {"loss", "acc"}
    lines = {line.get_label(): line for line in panels["loss"].lines}
    for label, name in (("training, last step", "net_output"), ("validation", "loss")):
        x, y = lines[label].get_data()
        np.testing.assert_array_equal(x, [1, 2, 3, 4])
        np.testing.assert_array_equal(y, history.history[name])
    looks = [(line.get_color(), line.get_linestyle()) for line in panels["loss"].lines]
    assert len(set(looks)) == len(looks) == 3
    with pytest.raises(ValueError, match="train first"):
        History().plot()


@pytest.mark.parametrize(
    ("package", "call", "extra"),
    [
        ("pandas", lambda history: history.to_frame(), "frame"),
        ("matplotlib.figure", lambda history: history.plot(), "plot"),
    ],
)
def test_a_missing_package_says_how_to_install_it(monkeypatch, package, call, extra):
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(ImportError, match=rf"pip install \"cellnet\[{extra}\]\""):
        call(History())
