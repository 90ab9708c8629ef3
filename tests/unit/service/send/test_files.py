"""Reading a file whole, or not at all."""

import os
from dataclasses import replace
from pathlib import Path

import pytest

from service.scoring.image import ImageLimits, ImageRejected, Reason
from service.send.files import Unsettled, read_whole
from tests.support.found_files import found

LIMITS = ImageLimits(max_bytes=10)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "x.png"
    path.write_bytes(b"abc")
    return path


def test_a_file_that_stays_is_read(path: Path) -> None:
    assert read_whole(found(path), LIMITS) == b"abc"


def test_a_file_that_changed_since_it_was_found_is_not(path: Path) -> None:
    before = found(path)
    path.write_bytes(b"abcd")
    with pytest.raises(Unsettled, match="changed"):
        read_whole(before, LIMITS)
    with pytest.raises(Unsettled, match="changed"):
        read_whole(replace(found(path), state=found(path).state._replace(modified_ns=1)), LIMITS)


def test_a_file_that_is_gone_is_told(path: Path) -> None:
    before = found(path)
    path.unlink()
    with pytest.raises(Unsettled, match="it cannot be read: No such file"):
        read_whole(before, LIMITS)


@pytest.mark.parametrize(("data", "reason"), [(b"", Reason.EMPTY), (b"x" * 11, Reason.TOO_LARGE)])
def test_files_of_a_wrong_size_are_refused(path: Path, data: bytes, reason: Reason) -> None:
    path.write_bytes(data)
    with pytest.raises(ImageRejected) as refused:
        read_whole(found(path), LIMITS)
    assert refused.value.reason == reason


def test_what_is_no_regular_file_is_refused_and_never_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.png")
    with pytest.raises(ImageRejected, match="found a folder, FIFO or device"):
        read_whole(found(tmp_path / "pipe.png"), LIMITS)
