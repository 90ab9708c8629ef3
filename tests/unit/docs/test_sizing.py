"""The worked example of the page on sizing is what the command prints."""

import re

import pytest

from deploy.devtools.paths import REPOSITORY
from service.cli.main import main
from service.cli.size import SizePlant

PAGE = (REPOSITORY / "docs" / "sizing.md").read_text()


def test_the_example_is_what_the_command_prints(capsys: pytest.CaptureFixture[str]) -> None:
    found = re.search(r"\$ linewatch (size .*)\n([^`]*)```", PAGE)
    assert found
    main(found[1].split())
    assert capsys.readouterr().out == found[2]


def test_every_flag_is_explained() -> None:
    flags = [f"`--{name.replace('_', '-')}`" for name in SizePlant.model_fields]
    assert [flag for flag in flags if flag not in PAGE] == []
