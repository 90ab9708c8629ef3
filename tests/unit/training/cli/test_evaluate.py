"""`linewatch-train evaluate`."""

import json
from pathlib import Path

import pytest

from tests.support.bundles import part, write_bundle
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
    found = json.loads(run("--bundle", blind[:8], "--json")[0])
    assert found["bundle"] == blind
    assert found["evaluation"]["by_kind"] == {"spot": [0, 3]}
