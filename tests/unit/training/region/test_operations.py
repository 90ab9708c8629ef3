from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from pydantic import TypeAdapter, ValidationError

from training.region.operations import Operation, draw, taken

HEIGHT, WIDTH = 40, 60
OPERATIONS: TypeAdapter[list[Operation]] = TypeAdapter(list[Operation])
BOX = {"x": 10, "y": 5, "width": 20, "height": 12}


def drawn(*operations: dict[str, Any], **layers: NDArray[np.bool_]) -> NDArray[np.bool_]:
    return draw(OPERATIONS.validate_python(list(operations)), layers, HEIGHT, WIDTH)


def test_a_rectangle_is_exactly_its_pixels() -> None:
    mask = drawn({"kind": "rectangle", "box": BOX})
    assert mask.sum() == 20 * 12
    assert mask[5:17, 10:30].all()


def test_an_ellipse_fills_its_box_and_leaves_the_corners() -> None:
    mask = drawn({"kind": "ellipse", "box": BOX})
    rows, columns = np.nonzero(mask)
    assert (rows.min(), rows.max(), columns.min(), columns.max()) == (5, 16, 10, 29)
    assert mask.sum() == pytest.approx(np.pi * 10 * 6, rel=0.05)
    assert not mask[5, 10]


def test_a_polygon_is_what_its_corners_enclose() -> None:
    mask = drawn({"kind": "polygon", "points": [[0, 0], [20, 0], [0, 20]]})
    assert (mask[2, 2], mask[15, 15], mask[0, 20]) == (True, False, True)


@pytest.mark.parametrize("size", [1, 2, 7])
def test_a_stroke_is_as_wide_as_its_brush(size: int) -> None:
    mask = drawn({"kind": "brush", "size": size, "points": [[10, 20], [40, 20]]})
    assert mask[:, 25].sum() == pytest.approx(size, abs=1)
    assert mask[20, 10:41].all()


def test_one_press_of_the_brush_is_a_dot() -> None:
    mask = drawn({"kind": "brush", "size": 9, "points": [[30, 20]]})
    assert mask.sum() == pytest.approx(np.pi * 4.5**2, rel=0.15)


def test_the_eraser_takes_away_and_what_comes_later_counts() -> None:
    whole = {"kind": "rectangle", "box": {"x": 0, "y": 0, "width": WIDTH, "height": HEIGHT}}
    mask = drawn(whole, {"kind": "rectangle", "box": BOX, "erase": True})
    assert (~mask).sum() == 20 * 12
    assert not drawn(whole, {"kind": "clear"}).any()


def test_layers_are_added_by_name() -> None:
    layer = np.zeros((HEIGHT, WIDTH), bool)
    layer[3, 4] = True
    assert drawn({"kind": "rectangle", "box": BOX}, {"kind": "layer", "name": "saved"}, saved=layer).sum() == 241
    with pytest.raises(KeyError):
        drawn({"kind": "layer", "name": "surround"})


def test_shapes_that_reach_out_of_the_image_are_cut() -> None:
    far = {"x": 50, "y": 30, "width": 100, "height": 100}
    assert drawn({"kind": "rectangle", "box": far})[30:, 50:].all()
    assert drawn({"kind": "ellipse", "box": far}).shape == (HEIGHT, WIDTH)
    assert drawn({"kind": "ellipse", "box": {**far, "x": 1000}}).sum() == 0
    assert drawn({"kind": "brush", "size": 5, "points": [[-50, 20], [500, 20]]})[20].all()


def test_only_what_was_taken_over_and_not_cleared_is_named() -> None:
    surround, changing = ({"kind": "layer", "name": name} for name in ("surround", "changing"))
    operations = OPERATIONS.validate_python([surround, {"kind": "clear"}, changing, {"kind": "layer", "name": "saved"}])
    assert taken(operations) == ["changing"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "polygon", "points": [[0, 0], [1, 1]]},
        {"kind": "brush", "size": 0, "points": [[0, 0]]},
        {"kind": "brush", "size": 5, "points": [[0, 1 << 40]]},
        {"kind": "spray"},
    ],
)
def test_operations_that_cannot_be_drawn_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        OPERATIONS.validate_python([wrong])
