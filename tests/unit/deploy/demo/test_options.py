from pathlib import Path

import pytest

from deploy.demo.options import Options, read_options


def test_nothing_said_is_the_demo_as_it_stands() -> None:
    assert read_options("", []) == Options()


def test_options_of_the_autoencoder_may_be_several() -> None:
    found = read_options(
        "", ["--loop", "--data", "set", "--autoencoder", "conv", "--options", "a=1", "--options", "b=2"]
    )
    assert found == Options(loop=True, data=Path("set"), autoencoder="conv", fit_options=("a=1", "b=2"))


@pytest.mark.parametrize("wrong", [["--loop", "--keep"], ["--images", "0"], ["--rate", "none"]])
def test_what_cannot_be_is_refused(wrong: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        read_options("", wrong)
    assert ended.value.code == 2
    assert "expected" in capsys.readouterr().err
