"""The service and the review page on Kubernetes, as far as they can be tested without a cluster."""

from typing import Any

import pytest
import yaml

from deploy.devtools.paths import REPOSITORY
from service.settings.every import Settings

FOLDER = REPOSITORY / "deploy" / "kubernetes"
OBJECTS: list[dict[str, Any]] = [
    each
    for file in ("service.yaml", "review.yaml", "retrain.yaml")
    for each in yaml.safe_load_all((FOLDER / file).read_text())
]
PODS: dict[str, dict[str, Any]] = {
    each["metadata"]["name"]: (each["spec"].get("jobTemplate") or each)["spec"]["template"]
    for each in OBJECTS
    if each["kind"] in ("StatefulSet", "Deployment", "CronJob")
}
SERVING = ("linewatch", "linewatch-review")


def container(name: str) -> dict[str, Any]:
    (found,) = PODS[name]["spec"]["containers"]
    return dict(found)


def selected(selector: dict[str, str]) -> list[str]:
    """The pods that a selector means."""
    return [name for name, pod in PODS.items() if selector.items() <= pod["metadata"]["labels"].items()]


@pytest.mark.parametrize("name", PODS)
def test_every_pod_runs_as_nobody_with_nothing_to_gain(name: str) -> None:
    spec, inner = PODS[name]["spec"], container(name)["securityContext"]
    assert spec["securityContext"]["runAsNonRoot"] is True
    assert spec["securityContext"]["runAsUser"] == 10001
    assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert inner == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert (spec["automountServiceAccountToken"], spec["enableServiceLinks"]) == (False, False)


@pytest.mark.parametrize("name", PODS)
def test_every_pod_has_limits_and_sets_only_settings_that_there_are(name: str) -> None:
    assert "memory" in container(name)["resources"]["limits"]
    known = {f"LINEWATCH_{field.upper()}" for field in Settings.model_fields}
    assert {each["name"] for each in container(name)["env"]} <= known
    assert {each["name"] for each in container(name)["volumeMounts"]} == {
        each["name"] for each in PODS[name]["spec"]["volumes"]
    }


@pytest.mark.parametrize("name", SERVING)
def test_probes_go_to_their_own_listener(name: str) -> None:
    image = (REPOSITORY / "deploy" / "service.Dockerfile").read_text()
    ports = {each["name"]: each["containerPort"] for each in container(name)["ports"]}
    assert f"LINEWATCH_PROBE_PORT={ports['probes']}" in image
    for probe in ("livenessProbe", "readinessProbe"):
        assert container(name)[probe]["httpGet"]["port"] == "probes"
    assert container(name)["livenessProbe"]["httpGet"]["path"] == "/live"


@pytest.mark.parametrize("name", SERVING)
def test_bundles_are_mounted_read_only(name: str) -> None:
    (store,) = [each for each in container(name)["volumeMounts"] if each["mountPath"] == "/data/bundles"]
    assert store["readOnly"] is True


def test_the_review_token_comes_from_a_secret() -> None:
    (token,) = [each for each in container("linewatch-review")["env"] if each["name"] == "LINEWATCH_REVIEW_TOKEN"]
    assert token["valueFrom"]["secretKeyRef"]["key"] == "token"


def test_every_pod_is_behind_a_network_policy_and_only_its_pages_are_let_in() -> None:
    policies = [each["spec"] for each in OBJECTS if each["kind"] == "NetworkPolicy"]
    everywhere = next(each for each in policies if set(each["policyTypes"]) == {"Ingress", "Egress"})
    assert selected(everywhere["podSelector"]["matchLabels"]) == list(PODS)
    let_in = {port["port"] for policy in policies for rule in policy["ingress"] for port in rule["ports"]}
    assert let_in == {8000, 8001}
    assert all(rule["from"] for policy in policies for rule in policy["ingress"])


def test_every_service_finds_its_pods_and_their_port() -> None:
    for each in (each for each in OBJECTS if each["kind"] == "Service"):
        (name,) = selected(each["spec"]["selector"])
        ports = {port["name"] for port in container(name)["ports"]}
        assert {port["targetPort"] for port in each["spec"]["ports"]} <= ports
