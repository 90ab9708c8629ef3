"""Generated images of parts."""

from pathlib import Path

import numpy as np

from deploy.benchmarks.fitting.parts import part, write_parts
from training.data.duplicate_groups import group, thumbnail


def test_a_folder_has_as_many_images_as_wanted_and_is_written_once(tmp_path: Path) -> None:
    files = sorted(write_parts(tmp_path / "parts", 3, 32).iterdir())
    before = [file.stat().st_mtime_ns for file in files]
    write_parts(tmp_path / "parts", 3, 32)
    assert [file.stat().st_mtime_ns for file in files] == before
    assert len({file.read_bytes() for file in files}) == 3


def test_no_part_is_a_near_duplicate_of_another() -> None:
    parts = [thumbnail(part(np.random.default_rng([0, number]), 64)) for number in range(200)]
    assert len(set(group(parts).labels.tolist())) == 200
