"""The order of sending."""

from service.send.order import order
from tests.support.found_files import imagined


def test_by_time_and_then_by_numbers_in_names() -> None:
    files = [imagined("img_10.png", 5), imagined("img_9.png", 5), imagined("a.png", 7), imagined("z.png", 3)]
    files += [imagined("img_9b.png", 5), imagined("\u0663.png", 5), imagined("9" * 250 + ".png", 5)]
    names = [file.below.name for file in sorted(files, key=order)]
    assert names == ["z.png", "9" * 250 + ".png", "img_9.png", "img_9b.png", "img_10.png", "\u0663.png", "a.png"]
