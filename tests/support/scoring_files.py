"""`linewatch score` as people run it: files in a folder, one answer a file."""

import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from service.cli.main import main
from tests.support.bundles import write_bundle

Answers = dict[str, dict[str, Any]]
"""By the file's name: the verdict, or its `reason` and `message`."""
ScoreFiles = Callable[..., Answers]


@pytest.fixture
def score_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> ScoreFiles:
    """Writes files into a folder, and a bundle unless there is one, and scores the folder."""

    def score(files: Mapping[str, bytes], **bundle: Any) -> Answers:
        folder, store = tmp_path / "images", tmp_path / "store"
        for name, data in files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(data)
        write_bundle(store, **bundle)
        with suppress(SystemExit):  # with status 1 if some file is refused
            main(["score", "--store", str(store), "--json", str(folder)])
        lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
        return {str(Path(line["path"]).relative_to(folder)): line for line in lines}

    return score
