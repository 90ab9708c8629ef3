"""`linewatch` run by a tool, with shell scripts in its place."""

from pathlib import Path

import pytest

from deploy.devtools.commands import linewatch
from deploy.devtools.errors import DemoError
from tests.support.programs import script


def test_failed_topics_show_the_commands_last_lines(bin_folder: Path) -> None:
    script(bin_folder, "linewatch", "echo 'no broker there' >&2; exit 1")
    with pytest.raises(DemoError, match="status 1; its last lines:\nno broker there"):
        linewatch.create_topics({})


def test_a_service_that_ends_at_once_shows_its_last_lines(bin_folder: Path, tmp_path: Path) -> None:
    script(bin_folder, "linewatch", "echo 'no bundle here'; exit 5")
    with (
        pytest.raises(DemoError, match="status 5; its last lines:\nno bundle here"),
        linewatch.running({}, tmp_path / "log", "http://127.0.0.1:1"),
    ):
        pytest.fail("the service was taken for ready")


@pytest.mark.usefixtures("bin_folder")
def test_a_missing_command_says_what_to_do() -> None:
    with pytest.raises(DemoError, match=r"Expected the command linewatch next to .*install Linewatch there"):
        linewatch.create_topics({})
