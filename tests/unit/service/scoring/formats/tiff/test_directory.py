"""TIFF tags: one page, all of it within the file."""

import io
import struct

import pytest
import tifffile

from service.scoring.decoding import decode
from service.scoring.formats.tiff.directory import Tag, read_directory
from service.scoring.image import ImageRejected, Reason
from tests.support.encoded import LIMITS, noise, refused, tiff

GREY = tiff(noise((20, 30)))


def test_the_tags_are_read() -> None:
    tags = read_directory(GREY)
    assert (tags.one(Tag.WIDTH), tags.one(Tag.HEIGHT), tags.one(Tag.BITS)) == (30, 20, 8)
    assert tags.one(Tag.PREDICTOR, 1) == 1
    with pytest.raises(ImageRejected, match="tag 317"):
        tags.one(Tag.PREDICTOR)


def test_a_second_page_is_enough() -> None:
    """A file can have a hundred thousand, and counting them took minutes."""
    pages = io.BytesIO()
    tifffile.imwrite(pages, noise((2, 20, 30)), photometric="minisblack")
    assert "several pages" in refused(pages.getvalue(), Reason.UNSUPPORTED_FORMAT)
    loop = bytearray(GREY)
    (start,) = struct.unpack_from("<I", loop, 4)
    (count,) = struct.unpack_from("<H", loop, start)
    struct.pack_into("<I", loop, start + 2 + 12 * count, start)
    assert "several pages" in refused(bytes(loop), Reason.UNSUPPORTED_FORMAT)


@pytest.mark.parametrize("start", [0, 5, 10_000, 0xFFFFFFFF])
def test_tags_beyond_the_file_are_refused(start: int) -> None:
    data = bytearray(GREY)
    struct.pack_into("<I", data, 4, start)
    with pytest.raises(ImageRejected):
        read_directory(bytes(data))


def test_a_tag_that_claims_more_than_any_needs_is_refused() -> None:
    data = bytearray(GREY)
    (start,) = struct.unpack_from("<I", data, 4)
    struct.pack_into("<I", data, start + 2 + 4, 0x7FFFFFFF)
    with pytest.raises(ImageRejected, match="values"):
        read_directory(bytes(data))


@pytest.mark.parametrize("length", [4, 7, 8, 9, 60])
def test_a_cut_off_header_is_damage(length: int) -> None:
    refused(GREY[:length], Reason.UNDECODABLE)


def test_a_stack_of_imagej_in_one_directory_is_several_pictures() -> None:
    stack = tiff(noise((20, 30)), description="ImageJ=1.54\nimages=3\nslices=3\n")
    assert "3 pictures" in refused(stack, Reason.UNSUPPORTED_FORMAT)
    assert decode(tiff(noise((20, 30)), description="ImageJ=1.54\nimages=1\n"), LIMITS).shape == (20, 30)
