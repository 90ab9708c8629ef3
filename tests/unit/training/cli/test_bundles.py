"""`linewatch-train list`, `promote`, `rollback`, `challenge` and `withdraw`."""

import json
from pathlib import Path

import pytest

from tests.support.bundles import write_bundle
from tests.support.command_line import linewatch_train, refusal


def printed(arguments: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> str:
    linewatch_train(monkeypatch, *arguments)
    return capsys.readouterr().out


def test_promote_and_rollback_say_what_they_did(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    first, second = (write_bundle(tmp_path, champion=False, seed=seed).name for seed in (0, 1))
    store = ["--store", str(tmp_path)]
    printed(["promote", "default", str(tmp_path / "default" / first), *store], monkeypatch, capsys)
    assert "give --force REASON" in refusal(["promote", "default", second, *store], monkeypatch, capsys)
    forced = printed(["promote", "default", second, "--force", "a test", *store], monkeypatch, capsys)
    assert f"in place of {first}" in forced
    assert "already" in printed(["promote", "default", second, *store], monkeypatch, capsys)
    back = json.loads(printed(["rollback", "default", "--json", *store], monkeypatch, capsys))
    assert back == {"stream": "default", "champion": first, "previous": second}
    listed = json.loads(printed(["list", "--json", *store], monkeypatch, capsys))
    assert {row["bundle"]: row["champion"] for row in listed} == {first: True, second: False}


def test_challenge_and_withdraw_say_what_they_did(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write_bundle(tmp_path)
    second = write_bundle(tmp_path, champion=False, seed=1).name
    store = ["--store", str(tmp_path)]
    assert f"{second} is now the challenger" in printed(["challenge", "default", second, *store], monkeypatch, capsys)
    assert "challenger" in printed(["list", *store], monkeypatch, capsys)
    assert "already is the challenger" in printed(["challenge", "default", second, *store], monkeypatch, capsys)
    gone = json.loads(printed(["withdraw", "default", "--json", *store], monkeypatch, capsys))
    assert gone == {"stream": "default", "challenger": None, "previous": second}
    assert "nothing to withdraw" in refusal(["withdraw", "default", *store], monkeypatch, capsys)


def test_the_store_may_come_from_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    bundle = write_bundle(tmp_path).name
    monkeypatch.setenv("LINEWATCH_STORE", str(tmp_path))
    assert bundle in printed(["list"], monkeypatch, capsys)


def test_a_store_without_bundles_is_said_to_be_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    store = ["--store", str(tmp_path / "none")]
    assert f"no bundle in {tmp_path / 'none'}: fit one" in printed(["list", *store], monkeypatch, capsys)
    assert json.loads(printed(["list", "--json", *store], monkeypatch, capsys)) == []
