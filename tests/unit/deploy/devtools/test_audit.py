"""What is made of pip-audit's answers; a script stands in its place."""

import json
from pathlib import Path

import pytest

from deploy.devtools.audit import Vulnerability, audit, main
from deploy.devtools.errors import ToolError
from tests.support.programs import script

GOOD = {"name": "flask", "version": "3.1.3", "vulns": []}
BAD = {"name": "flask", "version": "1.0", "vulns": [{"id": "GHSA-1", "fix_versions": ["2.0"]}]}
SKIPPED = {"name": "flask", "skip_reason": "Dependency not found"}


def answers(folder: Path, *packages: object, status: int = 0) -> list[str]:
    """A command that prints as pip-audit does."""
    script(folder, "pip-audit", f"echo '{json.dumps({'dependencies': packages})}'; exit {status}")
    return [str(folder / "pip-audit")]


def test_packages_without_a_known_vulnerability_are_good(tmp_path: Path) -> None:
    assert audit(tmp_path / "lock", "http://osv", answers(tmp_path, GOOD, GOOD)) == []


def test_a_known_vulnerability_is_named(tmp_path: Path) -> None:
    found = audit(tmp_path / "lock", "http://osv", answers(tmp_path, GOOD, BAD, status=1))
    assert found == [Vulnerability("flask", "1.0", "GHSA-1", "2.0")]


def test_what_could_not_be_looked_up_is_never_called_good(tmp_path: Path) -> None:
    with pytest.raises(
        ToolError, match=r"each of 2 packages, found none about 1, such as flask \(Dependency not found"
    ):
        audit(tmp_path / "lock", "http://osv", answers(tmp_path, GOOD, SKIPPED))
    with pytest.raises(ToolError, match="each of 0 packages"):
        audit(tmp_path / "lock", "http://osv", answers(tmp_path))


def test_a_service_that_does_not_answer_is_one_sentence(tmp_path: Path) -> None:
    script(tmp_path, "pip-audit", "echo 'ConnectionError: nobody' >&2; exit 1")
    with pytest.raises(ToolError, match="http://osv to answer, found: ConnectionError: nobody; nothing is known"):
        audit(tmp_path / "lock", "http://osv", [str(tmp_path / "pip-audit")])


@pytest.mark.parametrize(("package", "status"), [(GOOD, 0), (BAD, 1), (SKIPPED, 2)])
def test_the_exit_status_tells_them_apart(
    package: object, status: int, bin_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    script(bin_folder, "uv", f"echo '{json.dumps({'dependencies': [package]})}'")
    assert main(["requirements.lock"]) == status
    assert capsys.readouterr().out.count("GHSA-1") == (status == 1)
