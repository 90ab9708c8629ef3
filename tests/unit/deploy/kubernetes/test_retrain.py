"""The scheduled job, as far as it can be tested without a cluster."""

import re
from typing import Any

import pytest
import yaml

from deploy.devtools.paths import REPOSITORY
from service.settings.every import Settings
from training.cli.main import LinewatchTrain
from training.cli.retraining import RecalibrateCommand, RetrainCommand

ROOT = REPOSITORY
JOB: dict[str, Any] = yaml.safe_load((ROOT / "deploy/kubernetes/retrain.yaml").read_text())
POD: dict[str, Any] = JOB["spec"]["jobTemplate"]["spec"]["template"]["spec"]
CONTAINER: dict[str, Any] = POD["containers"][0]


def crontab() -> list[str]:
    """The command lines that docs/collecting.md has for cron, with their five fields of time."""
    page = (ROOT / "docs/collecting.md").read_text()
    return re.findall(r"^(?:[\d*/,-]+ ){5}.*$", page, re.MULTILINE)


def test_the_job_is_a_cron_job_that_never_runs_twice_at_once() -> None:
    assert (JOB["apiVersion"], JOB["kind"]) == ("batch/v1", "CronJob")
    assert re.fullmatch(r"(?:[\d*/,-]+ ){4}[\d*/,-]+", JOB["spec"]["schedule"])
    assert JOB["spec"]["concurrencyPolicy"] == "Forbid"
    assert POD["restartPolicy"] == "Never"


def test_its_command_line_is_one_that_linewatch_train_takes() -> None:
    parsed = LinewatchTrain(_cli_parse_args=CONTAINER["args"])
    assert isinstance(parsed.retrain, RetrainCommand)
    assert (parsed.retrain.stream, parsed.retrain.start, parsed.retrain.limit) == ("camera-3", "7d", 2000)


def test_it_sets_only_settings_that_there_are() -> None:
    known = {f"LINEWATCH_{field.upper()}" for field in Settings.model_fields}
    assert {each["name"] for each in CONTAINER["env"]} <= known


def test_every_volume_that_is_mounted_is_declared_and_what_is_written_is_on_one() -> None:
    mounts = {each["mountPath"] for each in CONTAINER["volumeMounts"]}
    assert {each["name"] for each in CONTAINER["volumeMounts"]} == {each["name"] for each in POD["volumes"]}
    assert CONTAINER["securityContext"]["readOnlyRootFilesystem"]
    paths = [each["value"] for each in CONTAINER["env"] if each["value"].startswith("/")]
    assert all(any(path.startswith(mount) for mount in mounts) for path in [*paths, CONTAINER["workingDir"]])


@pytest.mark.parametrize("line", crontab())
def test_the_command_lines_for_cron_are_ones_that_linewatch_train_takes(line: str) -> None:
    words = line.split("linewatch-train ", maxsplit=1)[1].split(" >>", maxsplit=1)[0].split()
    parsed = LinewatchTrain(_cli_parse_args=words)
    assert isinstance(parsed.retrain or parsed.recalibrate, RetrainCommand | RecalibrateCommand)


def test_there_are_command_lines_for_cron() -> None:
    assert len(crontab()) == 2
