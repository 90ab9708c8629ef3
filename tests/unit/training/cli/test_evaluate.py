"""`linewatch-train evaluate`."""

import json
from pathlib import Path

import numpy as np
import pytest

from tests.support.bundles import SIDE, part, write_bundle
from tests.support.drawn_parts import write_image
from training.cli.main import main


class Commands:
    """`linewatch-train evaluate` over a store, and three images each of normal parts and spots."""

    def __init__(self, root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self.root, self._monkeypatch, self._capsys = root, monkeypatch, capsys
        for i in range(3):
            write_image(root / f"data/test/good/{i}.png", part(60, seed=i))
            write_image(root / f"data/test/spot/{i}.png", part(60, spot=250, seed=i))

    def __call__(self, *arguments: str) -> tuple[str, str]:
        store = ["--stream", "default", "--store", str(self.root / "store")]
        command = ["linewatch-train", "evaluate", str(self.root / "data"), *store, *arguments]
        self._monkeypatch.setattr("sys.argv", command)
        main()
        printed = self._capsys.readouterr()
        return printed.out, printed.err


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Commands:
    return Commands(tmp_path, monkeypatch, capsys)


def test_evaluate_counts_flags_and_names_what_it_cannot_read(run: Commands) -> None:
    bundle = write_bundle(run.root / "store").name
    (run.root / "data/test/spot/bad.png").write_bytes(b"none")
    out, err = run("--json")
    found = json.loads(out)
    assert (found["stream"], found["bundle"]) == ("default", bundle)
    assert found["evaluation"]["by_kind"] == {"spot": [3, 3]}
    assert found["evaluation"]["image_auroc"] == 1.0
    assert found["left_out"] == 1
    assert "bad.png" in err
    assert "all defects" in run()[0]


def test_another_bundle_than_the_champion_is_evaluated_if_it_is_named(run: Commands) -> None:
    write_bundle(run.root / "store")
    blind = write_bundle(run.root / "store", gain=0.1, champion=False).name
    for name in (blind[:8], str(run.root / "store/default" / blind)):
        found = json.loads(run("--bundle", name, "--json")[0])
        assert (found["stream"], found["bundle"]) == ("default", blind)
        assert found["evaluation"]["by_kind"] == {"spot": [0, 3]}


def test_masks_that_cannot_be_believed_are_left_out_and_counted(run: Commands) -> None:
    write_bundle(run.root / "store")
    mask = np.zeros((SIDE, SIDE), np.uint8)
    mask[:4, :4] = 255
    for i, pixels in enumerate((mask, np.zeros_like(mask), mask[:, ::2])):
        write_image(run.root / f"data/ground_truth/spot/{i}_mask.png", pixels)
    for i in range(7, 12):
        write_image(run.root / f"data/ground_truth/spot/{i}_mask.png", mask)
    (run.root / "data/test/.Trash-1000").mkdir()
    write_image(run.root / "data/test/.Trash-1000/0.png", part(60))
    out, err = run("--json")
    found = json.loads(out)
    assert (found["evaluation"]["defects"], found["evaluation"]["masks"]) == (3, 1)
    assert found["left_out"] == 8
    assert found["left_out_by_reason"] == {"hidden": 1, "mask of no image": 5, "unusable mask": 2}
    assert "1_mask.png (wholly black, though its image shows a defect)" in err
    assert f"2_mask.png ({SIDE // 2}x{SIDE} for an image that is {SIDE}x{SIDE} upright)" in err
    assert "10_mask.png, 11_mask.png, 7_mask.png and 2 more)" in err
