"""The guide's example of a new autoencoder works as it stands."""

import re
from pathlib import Path

import pytest

from deploy.devtools.paths import REPOSITORY
from service.scoring.bundle import BundleStore
from tests.support.fitted import FittedParts, fit_bundle
from training import autoencoders
from training.autoencoders import registry

GUIDE = REPOSITORY / "docs" / "autoencoders.md"


def test_one_new_file_is_a_new_autoencoder(
    fitted: FittedParts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (example,) = re.findall(r"```python\n(.*?)```", GUIDE.read_text(), re.DOTALL)
    (tmp_path / "guided.py").write_text(example)
    monkeypatch.setattr(autoencoders, "__path__", [*autoencoders.__path__, str(tmp_path)])
    monkeypatch.setattr(registry, "NAMES", (*registry.NAMES, "guided"))
    bundle = fit_bundle(fitted.data, tmp_path / "store", autoencoder="guided", options={"epochs": 1, "latent": 8})
    info = BundleStore(tmp_path / "store").bundle("default", bundle).manifest.autoencoder
    assert (info.name, info.options["latent"]) == ("guided", 8)
