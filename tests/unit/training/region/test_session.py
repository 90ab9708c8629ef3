import json
from pathlib import Path

import numpy as np
import pytest

from tests.support.regions import SIDE, STAMP, decoded, session_of
from training.errors import TrainingError
from training.region.session import Drawn

LAYER = {"kind": "layer", "name": "changing"}


def test_pictures_are_those_of_the_images(tmp_path: Path) -> None:
    session = session_of(tmp_path)
    assert np.allclose(decoded(session.mean()), session.look.mean, atol=0.51)
    assert decoded(session.spread())[STAMP].mean() > 200
    assert decoded(session.image(3)).shape == (SIDE, SIDE)
    with pytest.raises(IndexError):
        session.image(24)
    layer = decoded(session.layer("changing"))
    assert (layer[..., 3] > 0).sum() == session.layers["changing"].sum()


def test_a_suggestion_that_is_taken_over_is_saved_by_name(tmp_path: Path) -> None:
    session = session_of(tmp_path)
    command, share = session.save(Drawn.model_validate({"roi": None, "operations": [LAYER]}))
    assert share == pytest.approx(float(session.layers["changing"].mean()))
    assert str(session.folder.ignore) in command
    assert json.loads(session.folder.region.read_text())["suggestion_taken"] == ["changing"]


def test_what_was_saved_before_is_a_layer_to_go_on_with(tmp_path: Path) -> None:
    before = np.zeros((SIDE, SIDE), bool)
    before[:10] = True
    session = session_of(tmp_path, before, images=3)
    spot = {"kind": "rectangle", "box": {"x": 0, "y": 0, "width": 5, "height": 5}, "erase": True}
    session.save(Drawn.model_validate({"roi": None, "operations": [{"kind": "layer", "name": "saved"}, spot]}))
    mask = session.folder.read_mask(SIDE, SIDE)
    assert mask is not None
    assert mask.sum() == 10 * SIDE - 25


def test_nothing_is_written_where_nothing_would_be_scored(tmp_path: Path) -> None:
    session = session_of(tmp_path, images=3)
    whole = {"kind": "rectangle", "box": {"x": 0, "y": 0, "width": SIDE, "height": SIDE}}
    with pytest.raises(TrainingError, match="something left to score"):
        session.save(Drawn.model_validate({"roi": None, "operations": [whole]}))
    assert not session.folder.ignore.exists()
