import pytest
from pydantic import ValidationError

from training.region.box import Box

WIDE = Box(x=10, y=20, width=30, height=40)


def test_a_box_reads_as_fit_takes_it() -> None:
    assert str(WIDE) == "10,20,30,40"


def test_a_box_is_within_an_image_up_to_its_last_pixel() -> None:
    assert (WIDE.is_within(60, 40), WIDE.is_within(59, 40), WIDE.is_within(60, 39)) == (True, False, False)
    assert WIDE.share(60, 40) == 0.5


def test_the_whole_image_is_known() -> None:
    whole = Box(x=0, y=0, width=40, height=60)
    assert (whole.is_whole(60, 40), whole.is_whole(61, 40), WIDE.is_whole(60, 40)) == (True, False, False)


@pytest.mark.parametrize("wrong", [{"x": -1}, {"width": 0}, {"height": 1 << 20}])
def test_boxes_of_no_image_are_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(ValidationError):
        Box(**{"x": 0, "y": 0, "width": 1, "height": 1, **wrong})
