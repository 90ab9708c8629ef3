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
    *("test_pictures", "test_region", "test_report", "test_retraining_story", "test_soak", "test_speed_benchmark"),
    *("test_start_and_stop", "test_training_guide", "test_unscored"),
)
"""Integration tests that do not talk to the one broker of the test run."""

WITH_ANOTHER = ("test_follow", "test_parts", "test_reject_gate", "test_send", "test_webhook")
"""Of those that do: they go together, and may have a broker of their own, so that two workers can share the time."""


class _FewBrokers(LoadScopeScheduling):  # type: ignore[misc] # untyped library
    """A file goes to one worker, since its tests share fixtures; so do all that share a broker."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        name = file.rpartition("/")[2].removesuffix(".py")
        if "integration/" not in file or name in WITHOUT_THE_BROKER:
            return file
        return "another broker" if name in WITH_ANOTHER else "broker"


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadScopeScheduling:
    # Marks and `--dist loadgroup` would do, but not with pytest 9.2: pytest-xdist issue 1386.
    return _FewBrokers(config, log)
