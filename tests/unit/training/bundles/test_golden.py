import json
from pathlib import Path

from service.scoring.bundle import GOLDEN
from training.bundles.golden import IMAGES, write_golden
from training.bundles.writer import Draft


def written(folder: Path, scores: list[float]) -> dict[str, float]:
    paths = [folder / f"{score}.PNG" for score in scores]
    for path in paths:
        path.write_bytes(path.name.encode())
    draft = folder / "draft"
    write_golden(Draft(draft), list(zip(paths, scores, strict=True)))
    found: dict[str, float] = json.loads((draft / GOLDEN).read_text())
    for name, score in found.items():
        assert (draft / "golden" / name).read_bytes() == f"{score}.PNG".encode()
    return found


def test_images_from_the_lowest_to_the_highest_score_are_kept_as_they_are(tmp_path: Path) -> None:
    found = written(tmp_path, [float(score) for score in (7, 3, 20, 0, 9, 5, 11, 1, 2, 4, 6, 8, 10, 12, 13, 14, 15)])
    assert list(found) == [f"normal-{number}.png" for number in range(1, IMAGES + 1)]
    assert list(found.values()) == [0.0, 4.0, 8.0, 12.0, 20.0]


def test_of_few_images_each_is_kept_once(tmp_path: Path) -> None:
    assert list(written(tmp_path, [2.0, 1.0, 3.0]).values()) == [1.0, 2.0, 3.0]
