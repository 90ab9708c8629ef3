import hashlib
from pathlib import Path

import pytest

from service.record.reviews import Label
from tests.support.inspection_log import STREAM, review, speckled, verdict
from training.collection.collected_folder import PROVENANCE, CollectedFolder
from training.collection.inspected_part import TRAIN, InspectedPart
from training.errors import TrainingError


def part(offset: int, label: Label | None = None) -> InspectedPart:
    of = verdict(offset)
    found = None if label is None else review(of, label)
    return InspectedPart.from_verdict(of, found, min_p_value=0.05, seed=0)


def test_an_image_is_written_where_its_part_belongs_with_its_provenance(tmp_path: Path) -> None:
    folder = CollectedFolder(tmp_path, STREAM)
    folder.add(part(1), speckled(1))
    folder.add(part(2, Label.DEFECT), speckled(2))
    defect, normal = folder.finish()
    assert (defect.file, normal.file) == ("test/defect/inspection.images-2-2.png", f"{TRAIN}/inspection.images-1-1.png")
    assert (tmp_path / normal.file).read_bytes() == speckled(1)
    assert normal.sha256 == hashlib.sha256(speckled(1)).hexdigest()
    lines = (tmp_path / PROVENANCE).read_text().splitlines()
    assert lines == [defect.model_dump_json(), normal.model_dump_json()]


def test_reconciling_keeps_whole_files_of_wanted_parts_alone(tmp_path: Path) -> None:
    folder = CollectedFolder(tmp_path, STREAM)
    for offset in range(4):
        folder.add(part(offset), speckled(offset))
    origins = folder.finish()
    (tmp_path / origins[1].file).write_bytes(b"cut off")
    again = CollectedFolder(tmp_path, STREAM)
    kept = again.reconcile([part(0), part(1), part(2, Label.DEFECT)])  # damaged, elsewhere by now, not wanted
    assert kept == [(part(0), tmp_path / origins[0].file)]
    assert again.finish() == origins[:1]
    assert list((tmp_path / TRAIN).iterdir()) == [tmp_path / origins[0].file]


def test_a_line_that_was_cut_off_is_dropped(tmp_path: Path) -> None:
    folder = CollectedFolder(tmp_path, STREAM)
    folder.add(part(1), speckled(1))
    with (tmp_path / PROVENANCE).open("a") as lines:
        lines.write('{"file": "train/go')
    again = CollectedFolder(tmp_path, STREAM)
    again.add(part(2), speckled(2))
    assert len(CollectedFolder(tmp_path, STREAM).finish()) == 2


def test_a_folder_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(TrainingError, match=r"expected to write into .*file/out, found that it cannot be"):
        CollectedFolder(tmp_path / "file" / "out", STREAM)


def test_what_a_system_keeps_in_an_empty_folder_is_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "out/@eaDir").mkdir(parents=True)
    (tmp_path / "out/.DS_Store").touch()
    CollectedFolder(tmp_path / "out", STREAM)
    (tmp_path / "another").mkdir()
    (tmp_path / "another/notes.txt").touch()
    with pytest.raises(TrainingError, match="found other files"):
        CollectedFolder(tmp_path / "another", STREAM)
