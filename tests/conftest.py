"""Fixtures for all tests, and their distribution over the cores."""

import os
from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]

_FIXTURES = ("broker", "browser", "fitted", "line", "programs", "scoring_files", "secured")
pytest_plugins = [f"tests.support.{name}" for name in _FIXTURES]

if "PYTEST_XDIST_WORKER" in os.environ:
    # Each worker has one core: more threads would only slow each other down.
    os.environ |= dict.fromkeys(("OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"), "1")

WITHOUT_THE_BROKER = (
    *("test_access", "test_alert_rules", "test_faults", "test_fit", "test_input_shapes", "test_kafka_security"),
    *(
        "test_region",
        "test_report",
        "test_retraining_story",
        "test_soak",
        "test_speed_benchmark",
        "test_start_and_stop",
        "test_training_guide",
    ),
)
"""Integration tests that do not talk to the one broker of the test run."""


class _OneBroker(LoadScopeScheduling):  # type: ignore[misc] # untyped library
    """A file goes to one worker, since its tests share fixtures; all tests with the one broker go to one, too."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        name = file.rpartition("/")[2].removesuffix(".py")
        return "broker" if "integration/" in file and name not in WITHOUT_THE_BROKER else file


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadScopeScheduling:
    # Marks and `--dist loadgroup` would do, but not with pytest 9.2: pytest-xdist issue 1386.
    return _OneBroker(config, log)
