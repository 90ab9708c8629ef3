"""The bundle under test: the one that is given, or one of the demo's rendered line, fitted by this checkout."""

import shutil
from hashlib import sha256
from pathlib import Path

from deploy.demo.renderer.render import write_line
from deploy.devtools.commands import linewatch_train
from deploy.devtools.paths import CACHE, REPOSITORY
from deploy.devtools.tiny_bundle import crown
from service.scoring.bundle import Bundle, BundleError, BundleStore, read_bundle

FITTED = CACHE / "bench" / "bundles"
STREAM, SIDE, NORMAL, FALSE_ALARM_RATE = "flange", 256, 320, 0.01
CODE = ("training/**/*.py", "service/scoring/**/*.py", "deploy/demo/renderer/*.py")
"""What a fit depends on: after a change to any of these files it is done again."""


def bundle_under_test(given: Path | None) -> Bundle:
    """Read the bundle in the folder `given`; or fit one, or take what an earlier run fitted with the same code.

    Raises:
        DemoError: if it cannot be fitted.
        BundleError: if the folder holds no good bundle.
    """
    if given is not None:
        return read_bundle(given)
    store = FITTED / _digest_of_the_code()
    try:
        return BundleStore(store).champion(STREAM)
    except BundleError:
        _fit(store)
        return BundleStore(store).champion(STREAM)


def store_of(bundle: Bundle, folder: Path) -> Path:
    """A store in `folder` with that bundle as its stream's champion."""
    copy = folder / bundle.manifest.stream / bundle.id
    shutil.copytree(bundle.path, copy)
    crown(copy)
    return folder


def _fit(store: Path) -> None:
    line = CACHE / "bench" / "line"
    if not (line / "test").is_dir():
        write_line(line, seed=0, size=SIDE, train_good=NORMAL, test_good=20, per_defect=4)
    options = linewatch_train.FitOptions(
        stream=STREAM, store=store, seed=0, image_size=SIDE, false_alarm_rate=FALSE_ALARM_RATE
    )
    linewatch_train.fit(line, options)


def _digest_of_the_code() -> str:
    found = sha256()
    for file in sorted(file for pattern in CODE for file in REPOSITORY.glob(pattern)):
        found.update(file.read_bytes())
    return found.hexdigest()[:12]
