"""How `linewatch` ends on a mistake."""

import json
import subprocess
import sys
from contextlib import nullcontext
from pathlib import Path

import pytest
from pydantic import ValidationError
from pydantic_settings import BaseSettings

from service.cli.main import main
from service.environment.explain import explain
from service.settings.broker import BrokerSettings
from service.settings.every import Settings
from service.settings.record import RecordSettings
from service.settings.review import ReviewSettings
from service.settings.run import RunSettings
from service.settings.scoring import ScoringSettings
from tests.support.linewatch_command import failure


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["run", "--http-port", "many"], "http_port: Input should be a valid integer"),
        ([], "expected a command, found none"),
        (["run", "--batch-images", "0"], "batch_images: Input should be greater than or equal to 1, found '0'"),
        (["run", "--security-protocol", "SASL_SSL"], "SASL_SSL needs sasl_mechanism"),
        (["run", "--audit-rate", "0.1"], "audit_rate 0.1 needs audit_key"),
        (["escapes", "--from", "yesterday"], "from: Input should be a valid datetime"),
        (["escapes", "--below", "2"], "below: Input should be less than 1, found '2'"),
    ],
)
def test_a_wrong_setting_is_one_sentence(
    arguments: list[str], expected: str, capsys: pytest.CaptureFixture[str]
) -> None:
    status, printed = failure(arguments, capsys)
    assert (status, printed.count("\n")) == (2, 1)
    assert expected in printed


def test_a_wrong_environment_variable_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LINEWATCH_HTTP_PORT", "many")
    status, printed = failure(["run"], capsys)
    assert status == 2
    assert "http_port: Input should be a valid integer" in printed


def test_the_service_needs_nothing_of_the_review_page() -> None:
    imported = loaded_by("service.cli.main.main(['--help'])")
    assert not {"flask_wtf", "fsspec", "service.review.app"} & imported


def test_a_command_imports_no_other() -> None:
    """To start sooner, in less memory: all commands together import the half more."""
    imported = loaded_by("service.cli.main.main(['run', '--help'])")
    others = {
        f"service.cli.{name}" for name in ("review", "score", "check", "show_settings", "topics", "skip", "escapes")
    }
    assert not (others | {"service.app", "service.quality", "kafka", "flask"}) & imported


def test_the_running_service_starts_without_what_only_its_page_needs() -> None:
    """Flask is a tenth of what a start imports, and the tools of the training are not there at all."""
    imported = loaded_by("import service.cli.run, service.app")
    assert {"kafka", "ai_edge_litert", "service.web.probes"} <= imported
    assert (
        not {"flask", "jinja2", "werkzeug", "click", "cv2", "scipy", "unittest", "service.web.status_page"} & imported
    )


def loaded_by(statement: str) -> set[str]:
    """The modules that a statement loads in a fresh process, of the command line's own."""
    code = f"import sys, service.cli.main\ntry: {statement}\nfinally: print(*sys.modules, file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stderr.split())


HOSTILE = (
    *(
        "",
        " ",
        "-1",
        "0",
        "inf",
        "-inf",
        "nan",
        "1e300",
        "9" * 5000,
        "x" * 100_000,
        "ä☃𝛀",
        "two\nlines",
        "\x1b[31m",
        "\udcff",
    ),
    *("localhost:abc", "http://[", "[::1", "../..", "/dev/null", "/proc/self/mem/x", "{}", "${HOME}", "%s%n", "true"),
    *("\x1b[31m", "\udcff", "2026-01-01", "tcp://10.96.12.7:8001"),
)


@pytest.mark.parametrize("group", [BrokerSettings, RecordSettings, ScoringSettings, RunSettings, ReviewSettings])
def test_no_value_of_any_setting_is_more_than_one_sentence(
    group: type[BaseSettings], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in group.model_fields:
        for value in HOSTILE:
            monkeypatch.setenv(f"LINEWATCH_{name.upper()}", value)
            try:
                group()
            except ValidationError as refused:
                sentence = explain(refused, Settings, [])
                assert name in sentence
                assert "\n" not in sentence
                assert len(sentence) < 400
        monkeypatch.delenv(f"LINEWATCH_{name.upper()}")


@pytest.mark.parametrize("command", ["run", "review", "score x.png", "check x", "settings", "topics", "escapes"])
def test_no_value_of_the_settings_is_a_traceback(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What passes the check of the settings reaches the job, which is left out here where it needs brokers."""
    monkeypatch.chdir(tmp_path)
    for job in ("review.find_spec", "topics.create_topics", "escapes.read_rates"):
        monkeypatch.setattr(f"service.cli.{job}", lambda *_, **__: {})
    for job in ("app.run", "review.app.review", "cli.run.WorkerTemplate.start"):
        monkeypatch.setattr(f"service.{job}", lambda *_: None)
    monkeypatch.setattr("service.cli.run.logged", lambda _: nullcontext())
    monkeypatch.setattr("service.cli.review.logged", lambda _: nullcontext())
    for value in HOSTILE:
        for name in Settings.model_fields:
            monkeypatch.setenv(f"LINEWATCH_{name.upper()}", value)
        assert exit_status(command.split()) in (0, 1, 2)
        lines = capsys.readouterr().err.splitlines()
        assert [line for line in lines if not line.startswith("linewatch: ")] == []


def test_a_neighbours_service_stops_no_command(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LINEWATCH_REVIEW_PORT", "tcp://10.96.12.7:8001")
    monkeypatch.setenv("LINEWATCH_REVIEW_SERVICE_HOST", "10.96.12.7")
    ran: list[object] = []
    monkeypatch.setattr("service.app.run", lambda *given: ran.append(given))
    monkeypatch.setattr("service.cli.run.WorkerTemplate.start", lambda _: None)
    monkeypatch.setattr("service.cli.run.logged", lambda _: nullcontext())
    main(["run"])
    main(["settings"])
    assert len(ran) == 1
    printed = capsys.readouterr()
    assert "LINEWATCH_REVIEW_PORT=8001" in printed.out
    assert printed.err.count("made by Kubernetes of a Service") == 1


def test_a_command_checks_the_settings_that_it_uses_alone(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for unused in ("HTTP_PORT", "BATCH_IMAGES", "REVIEW_DAYS", "STORE", "LOG_LEVEL"):
        monkeypatch.setenv(f"LINEWATCH_{unused}", "\t")
    monkeypatch.setattr("service.cli.topics.create_topics", lambda *_: {"inspection.images": True})
    main(["topics"])
    assert capsys.readouterr() == ("inspection.images: created\n", "")


def test_a_misspelt_variable_is_a_warning(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("LINEWATCH_BOOTSTRAP_SERVRES", "kafka:9092")
    main(["settings"])
    assert "warning: expected a setting, found LINEWATCH_BOOTSTRAP_SERVRES" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [["run"], ["run", "--log-format", "json"], ["review", "--log-format=json"]])
def test_the_last_word_of_a_service_that_logs_json_is_json(
    arguments: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LINEWATCH_SCORE_THREADS", "many")
    if len(arguments) == 1:
        monkeypatch.setenv("LINEWATCH_LOG_FORMAT", "json")
    status, printed = failure(arguments, capsys)
    event = json.loads(printed)
    assert (status, event["level"]) == (2, "critical")
    assert "LINEWATCH_SCORE_THREADS" in event["event"]


def exit_status(arguments: list[str]) -> int | str | None:
    try:
        main(arguments)
    except SystemExit as ended:
        return ended.code
    return 0
