import errno
from pathlib import Path

import pytest

from tests.support.bundles import write_bundle
from tests.support.command_line import linewatch_train, refusal


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["fit", "/nowhere", "--stream", "a"], "found no folder at /nowhere"),
        (["fit", "."], "expected --stream, found none"),
        (
            ["fit", ".", "--stream", "a", "--options", "latent"],
            "expected options as --options name=value",
        ),
        (
            ["fit", ".", "--stream", "a", "--store", __file__],
            f"expected to write bundles into {__file__}/a",
        ),
        (["fit", ".", "--stream", "a/b"], "expected a stream name"),
        (["fit", ".", "--stream", "a", "--autoencoder", "comv"], "expected --autoencoder to be one of"),
        (["fit", ".", "--stream", "a", "--image-size", "100"], "the nearest is 96"),
        (["fit", ".", "--stream", "a", "--false-alarm-rate", "1"], "false-alarm-rate: input should be less than 1"),
        (
            ["fit", ".", "--stream", "a", "--review-rate", "0.01"],
            "expected a review rate above the false-alarm rate 0.01",
        ),
        (["fit", ".", "--stream", "a", "--epochs", "many"], "epochs: input should be a valid integer"),
        (["rollback", "a", "--store", "/nowhere"], "found no stream at all"),
        (["evaluate", "."], "expected --stream or --bundle to say which bundle judges, found neither"),
        (["evaluate", ".", "--stream", "a", "--store", "/nowhere"], "expected stream 'a' to have bundles"),
    ],
)
def test_a_mistake_ends_with_one_sentence_and_status_2(
    arguments: list[str], sentence: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert sentence in refusal(arguments, monkeypatch, capsys)


def test_an_interrupted_command_ends_with_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("training.cli.bundles.rows", interrupted)
    with pytest.raises(SystemExit) as ended:
        linewatch_train(monkeypatch, "list")
    assert ended.value.code == 130
    assert capsys.readouterr().err == "linewatch-train: interrupted; nothing half-done is left\n"


COMMANDS = {
    "list": ["list"],
    "promote": ["promote", "default", "0"],
    "rollback": ["rollback", "default"],
    "challenge": ["challenge", "default", "0"],
    "withdraw": ["withdraw", "default"],
    "backtest": ["backtest", "default", "0", "--data", "."],
    "export": ["export", "0", "--out", "model.onnx"],
}


@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS)
def test_a_store_that_cannot_be_used_is_one_sentence(
    command: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A file, and a folder that this user may not read: `root` may, so the refusal is simulated."""
    file = tmp_path / "file"
    file.write_text("")
    assert "cannot be" in (found := refusal([*command, "--store", str(file)], monkeypatch, capsys))
    assert "(Not a directory)" in found

    def forbidden(path: Path) -> None:
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    write_bundle(tmp_path / "store")
    with monkeypatch.context() as closed:
        closed.setattr(Path, "iterdir", forbidden)
        assert "cannot be listed (Permission denied)" in refusal(
            [*command, "--store", str(tmp_path / "store")], monkeypatch, capsys
        )


def test_a_champion_in_utf_16_is_listed_as_none_and_named_where_it_is_needed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = write_bundle(tmp_path / "store")
    (folder.parent / "champion").write_bytes(folder.name.encode("utf-16"))
    store = ["--store", str(tmp_path / "store")]
    linewatch_train(monkeypatch, "list", *store)
    assert folder.name in capsys.readouterr().out
    assert "found bytes that are no UTF-8 text, maybe UTF-16" in refusal(
        ["evaluate", ".", "--stream", "default", *store], monkeypatch, capsys
    )
    linewatch_train(monkeypatch, "promote", "default", folder.name[:6], *store)
    assert (folder.parent / "champion").read_text() == f"{folder.name}\n"
