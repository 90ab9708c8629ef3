"""The service is complete without TensorFlow."""

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.support.bundles import part, png, write_bundle
from tests.support.service import LINEWATCH, WITHOUT_TENSORFLOW

ENVIRONMENT = {**os.environ, "PYTHONPATH": str(WITHOUT_TENSORFLOW)}


def test_images_are_scored_where_no_tensorflow_can_be_imported(tmp_path: Path) -> None:
    write_bundle(tmp_path / "store")
    (tmp_path / "part.png").write_bytes(png(part(51)))
    command: list[str | Path] = [LINEWATCH, "score", "--json", "--store", tmp_path / "store", tmp_path / "part.png"]
    ended = subprocess.run(command, env=ENVIRONMENT, capture_output=True, text=True, check=True)
    assert json.loads(ended.stdout)["decision"] == "pass"


def test_importing_every_module_of_the_service_loads_no_tensorflow() -> None:
    program = """
import importlib, pkgutil, sys, service
for module in pkgutil.walk_packages(service.__path__, "service."):
    importlib.import_module(module.name)
loaded = {name.partition(".")[0] for name in sys.modules}
print(len(loaded & {"tensorflow", "keras", "training"}), "service.stream.loop" in sys.modules)
"""
    ended = subprocess.run([sys.executable, "-c", program], env=ENVIRONMENT, capture_output=True, text=True, check=True)
    assert ended.stdout.split() == ["0", "True"]
