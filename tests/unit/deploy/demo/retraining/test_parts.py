import hashlib
from collections import Counter
from pathlib import Path

import pytest

from deploy.demo.images import LineImage
from deploy.demo.retraining.parts import again, divide
from deploy.devtools.errors import DemoError
from tests.support.drawn_parts import write_parts


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return write_parts(tmp_path / "data", normals=9, test_normals=33, defects_of_each=4).root


def contents(paths: list[Path]) -> set[str]:
    return {hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}


def test_what_is_held_back_is_streamed_and_not_fitted_on(data: Path, tmp_path: Path) -> None:
    parts = divide(data, tmp_path / "work", hold_back=True, phase=None)
    fitted = contents([*(parts.fit_on / "train" / "good").iterdir()])
    streamed = contents([image.path for image in parts.before])
    train = contents([*(data / "train" / "good").iterdir()])
    assert len(fitted) == 6
    assert fitted < train
    assert not fitted & streamed
    assert train - fitted <= streamed


def test_without_holding_back_all_of_train_is_fitted_on(data: Path, tmp_path: Path) -> None:
    parts = divide(data, tmp_path / "work", hold_back=False, phase=None)
    train = data / "train" / "good"
    assert contents([*(parts.fit_on / "train" / "good").iterdir()]) == contents([*train.iterdir()])


def test_the_darkened_phases_are_of_different_parts_and_hold_every_kind(data: Path, tmp_path: Path) -> None:
    parts = divide(data, tmp_path / "work", hold_back=True, phase=None)
    drifted, after = (contents([image.path for image in images]) for images in (parts.drifted, parts.after))
    assert not drifted & after
    assert Counter(image.label for image in parts.after) == {"good": 18, "scratch": 1, "stain": 1}
    assert all("darker" in image.path.parts for image in (*parts.drifted, *parts.after))


def test_the_files_names_decide_nothing(data: Path, tmp_path: Path) -> None:
    first = divide(data, tmp_path / "first", hold_back=True, phase=20)
    for folder in ("train/good", "test/good"):
        for number, path in enumerate(sorted((data / folder).iterdir(), reverse=True)):
            path.rename(path.with_name(f"renamed-{number}.png"))
    second = divide(data, tmp_path / "second", hold_back=True, phase=20)
    assert [image.path.read_bytes() for image in first.after] == [image.path.read_bytes() for image in second.after]
    assert len(first.after) == 20


def test_a_set_without_defects_is_refused(tmp_path: Path) -> None:
    data = write_parts(tmp_path / "data", normals=3, test_normals=4, defects_of_each=0).root
    with pytest.raises(DemoError, match="2 of a defect"):
        divide(data, tmp_path / "work", hold_back=False, phase=None)


def test_parts_come_again_as_new_ones(tmp_path: Path) -> None:
    images = [LineImage(f"p{number}", tmp_path, "good") for number in range(3)]
    assert [image.part_id for image in again(images, "shadow", 2)] == ["shadow-00000", "shadow-00001"]
