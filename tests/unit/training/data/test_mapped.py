"""Arrays in files."""

import errno
from pathlib import Path

import numpy as np
import pytest

from training.data.mapped import mapped
from training.errors import TrainingError


def test_no_room_for_the_images_is_one_sentence_before_any_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A write into a mapped file on a full disk would end the process without a word."""

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("os.posix_fallocate", full)
    with pytest.raises(TrainingError, match=r"expected room for 0.3 GB in .*, found: No space left on device"):
        mapped(tmp_path / "images", np.dtype(np.uint8), (100, 1000, 1000, 3))
