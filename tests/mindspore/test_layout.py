"""Layout: descriptions as MindSpore's documentation shows them."""

import pytest

from cellnet.mindspore.layout import Layout

GRID = (2, 2, 2)


@pytest.mark.parametrize(
    ("names", "cut", "places", "interleaved"),
    [
        (("dp", "sp", "mp"), ("dp", "mp"), (2, 0), False),
        (("dp", "sp", "mp"), ("None", ("sp", "dp")), (-1, (1, 2)), False),
        (
            ("dp", "sp", "interleaved_parallel"),
            (("dp", "interleaved_parallel"), "sp"),
            ((2, 0), 1),
            True,
        ),
    ],
)
def test_descriptions(names, cut, places, interleaved):
    grid = Layout(GRID, names)
    assert grid(*cut).to_dict() == {
        "device_matrix": GRID,
        "tensor_map": places,
        "interleaved_parallel": interleaved,
        "alias_name": names,
        "rank_list": list(range(8)),
    }
    with pytest.raises(ValueError, match="call it first"):
        grid.to_dict()


def test_an_order_of_devices():
    assert Layout((2,), ("dp",), [1, 0])("dp").to_dict()["rank_list"] == [1, 0]


@pytest.mark.parametrize(
    ("error", "arguments"),
    [
        (TypeError, ([2, 2], ("dp", "mp"))),
        (TypeError, ((2, 2), ["dp", "mp"])),
        (TypeError, ((2.0, 2), ("dp", "mp"))),
        (TypeError, ((2, 2), ("dp", 3))),
        (TypeError, ((2, 2), ("dp", "mp"), (0, 1, 2, 3))),
        (ValueError, ((2, 2), ("dp",))),
        (ValueError, ((2, 2), ("dp", ""))),
        (ValueError, ((2, 2), ("dp", "None"))),
        (ValueError, ((2, 2), ("dp", "dp"))),
        (ValueError, ((2, 2), ("dp", "mp"), [0, 1])),
    ],
)
def test_grids_that_are_refused(error, arguments):
    with pytest.raises(error, match="Layout"):
        Layout(*arguments)


@pytest.mark.parametrize("cut", [("x",), ("dp", "dp"), (("dp", "mp"), "mp")])
def test_cuts_that_are_refused(cut):
    with pytest.raises(ValueError, match="axis"):
        Layout((2, 2), ("dp", "mp"))(*cut)
