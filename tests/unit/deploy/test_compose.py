"""The compose file, as far as it can be tested without a container engine."""

import re
from typing import Any

import pytest
import yaml

from deploy.devtools.paths import REPOSITORY
from service.settings.every import Settings

DEPLOY = REPOSITORY / "deploy"
COMPOSE: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]


def _mounts() -> list[str]:
    return [mount for service in SERVICES.values() for mount in service.get("volumes", [])]


@pytest.mark.parametrize("mount", [mount for mount in _mounts() if mount.startswith(".")])
def test_what_is_mounted_from_the_repository_is_there(mount: str) -> None:
    assert (DEPLOY / mount.split(":", maxsplit=1)[0]).exists()


@pytest.mark.parametrize("mount", [mount for mount in _mounts() if not mount.startswith((".", "$"))])
def test_every_named_volume_is_declared(mount: str) -> None:
    assert mount.split(":", maxsplit=1)[0] in COMPOSE["volumes"]


@pytest.mark.parametrize("name", ["topics", "service", "review", "parts"])
def test_only_settings_that_there_are_are_set(name: str) -> None:
    known = {f"LINEWATCH_{field.upper()}" for field in Settings.model_fields}
    assert set(SERVICES[name]["environment"]) <= known


def test_the_image_sets_only_settings_that_there_are() -> None:
    known = {f"LINEWATCH_{field.upper()}" for field in Settings.model_fields}
    named = set(re.findall(r"LINEWATCH_[A-Z_]+", (DEPLOY / "service.Dockerfile").read_text()))
    assert named
    assert named <= known


def test_the_service_runs_without_privileges_on_a_read_only_root_and_a_read_only_store() -> None:
    service = SERVICES["service"]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["user"] == "10001:10001"
    assert service["volumes"] == ["${STORE:-../bundles}:/bundles:ro"]
    assert "localhost:8100/ready" in service["healthcheck"]["test"][-1]


@pytest.mark.parametrize("name", SERVICES)
def test_no_service_can_gain_privileges_or_take_all_of_the_machine(name: str) -> None:
    service = SERVICES[name]
    assert (service["cap_drop"], service["security_opt"]) == (["ALL"], ["no-new-privileges:true"])
    assert service["pids_limit"] <= 1000
    assert all(port.startswith("127.0.0.1:") for port in service.get("ports", []))


@pytest.mark.parametrize("name", ["topics", "service", "review", "parts"])
def test_our_own_have_bounds_of_memory_and_of_what_they_can_write(name: str) -> None:
    service = SERVICES[name]
    assert (service["mem_limit"], service["user"], service["read_only"]) == ("3g", "10001:10001", True)
    assert service["tmpfs"] == ["/tmp:size=64m,noexec,nosuid,nodev"]


@pytest.mark.parametrize("name", [name for name, service in SERVICES.items() if "build" not in service])
def test_an_image_that_others_make_is_pinned(name: str) -> None:
    assert re.search(r":v?\d+\.\d+\.\d+$", SERVICES[name]["image"])


def test_the_dockerfiles_are_there_and_start_from_one_image() -> None:
    bases = {
        re.search(r"^ARG BASE=(\S+)$", (DEPLOY / name).read_text(), flags=re.MULTILINE)
        for name in ("service.Dockerfile", "training.Dockerfile")
    }
    assert len({base.group(1) for base in bases if base}) == 1
    assert None not in bases
    assert (DEPLOY / SERVICES["service"]["build"]["dockerfile"].removeprefix("deploy/")).exists()


def test_prometheus_finds_the_rules_where_they_are_mounted() -> None:
    configuration = yaml.safe_load((DEPLOY / "prometheus" / "prometheus.yml").read_text())
    mounted = {mount.split(":")[1] for mount in SERVICES["prometheus"]["volumes"]}
    assert {f"/etc/prometheus/{name}" for name in configuration["rule_files"]} <= mounted
