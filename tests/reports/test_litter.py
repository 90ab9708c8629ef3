"""Reported: what file managers leave in a folder of images ends the run or counts as an image.

https://github.com/OpenNeuroOrg/openneuro/issues/2520 (`._` files of macOS), https://github.com/pytorch/vision/issues/109
(.DS_Store); a folder that is hidden itself must still work, https://github.com/open-edge-platform/anomalib/issues/2488.
"""

from pathlib import Path

from tests.support.bundles import part, png
from tests.support.scoring_files import ScoreFiles
from training.data.folder import find_layout

LITTER = {
    "._good.png": b"\0\5\x16\7\0\2\0\0Mac OS X        ",
    ".good.png.swp": b"b0VIM",
    ".DS_Store": b"\0\0\0\1Bud1",
    "Thumbs.db": b"\xd0\xcf\x11\xe0",
    "desktop.ini": b"[.ShellClassInfo]",
    "good.png.part": b"\x89PNG",
}


def test_litter_is_not_scored(score_files: ScoreFiles) -> None:
    assert list(score_files({**LITTER, "good.png": png(part(51))})) == ["good.png"]


def test_litter_is_not_learnt(tmp_path: Path) -> None:
    data = tmp_path / ".config" / "data"
    data.mkdir(parents=True)
    for name, content in {**LITTER, "good.png": png(part(51))}.items():
        (data / name).write_bytes(content)
    assert [file.name for file in find_layout(data).normal] == ["good.png"]
