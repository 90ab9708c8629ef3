"""`linewatch-train backtest`."""

import json
from pathlib import Path

import pytest

from tests.support.backtests import DARK, write_pair, write_tests
from tests.support.bundles import challenge, part
from tests.support.drawn_parts import write_image
from training.cli.main import main


class Commands:
    """The command line over one store."""

    def __init__(self, root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self.store = root / "store"
        self.data = str(write_tests(root / "data"))
        self._monkeypatch, self._capsys = monkeypatch, capsys

    def __call__(self, *arguments: str) -> str:
        self._monkeypatch.setattr("sys.argv", ["linewatch-train", *arguments, "--store", str(self.store)])
        main()
        return self._capsys.readouterr().out

    def refusal(self, *arguments: str) -> str:
        with pytest.raises(SystemExit) as ended:
            self(*arguments)
        assert ended.value.code == 2
        return self._capsys.readouterr().err.strip().splitlines()[-1]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Commands:
    return Commands(tmp_path, monkeypatch, capsys)


def test_backtest_then_promote(run: Commands) -> None:
    champion, other = write_pair(run.store, 1.01)
    found = json.loads(run("backtest", "default", other, "--data", run.data, "--json"))
    assert Path(found["path"]) == run.store / "default" / "backtests" / f"{champion}-{other}.json"
    assert Path(found["report"]).is_file()
    assert (found["images"], found["champion"]["bundle"], found["challenger"]["bundle"]) == (10, champion, other)
    assert f"in place of {champion}" in run("promote", "default", other)


def test_without_a_name_the_challenger_is_compared_and_what_it_misses_is_listed(run: Commands) -> None:
    _, other = write_pair(run.store, 0.1)
    assert "found no challenger" in run.refusal("backtest", "default", "--data", run.data)
    challenge(run.store / "default" / other)
    printed = run("backtest", "default", "--data", run.data)
    assert "missed, and the champion flags or reviews them where the challenger is milder: test/spot/0.png" in printed
    assert "found 4 missed" in run.refusal("promote", "default", other)


def test_a_champion_that_breaks_its_budget_is_reported_and_what_it_flags_with_all_else_is_no_miss(
    run: Commands,
) -> None:
    for i in range(6):
        write_image(Path(run.data) / f"test/good/{i}.png", part(DARK, 140, seed=i))
    write_image(Path(run.data) / "test/dull/0.png", part(DARK, 135))
    champion, other = write_pair(run.store, 0.8)
    printed = run("backtest", "default", other, "--data", run.data)
    assert "more than its budget of 0.01: a defect counts as caught by it only above 0.549" in printed
    assert json.loads(run("backtest", "default", other, "--data", run.data, "--json"))["matched"]["threshold"] > 0.54
    assert f"in place of {champion}" in run("promote", "default", other)


def test_mistakes_end_with_one_sentence(run: Commands) -> None:
    champion, other = write_pair(run.store, 0.1)
    assert "expected another bundle" in run.refusal("backtest", "default", champion, "--data", run.data)
    assert "give one of them" in run.refusal("backtest", "default", other, "--data", run.data, "--from", "7d")
    assert "--from as a time" in run.refusal("backtest", "default", other, "--from", "soon")
    assert "found no folder at /nowhere" in run.refusal("backtest", "default", other, "--data", "/nowhere")
