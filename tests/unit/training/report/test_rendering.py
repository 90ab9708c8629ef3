from pathlib import Path

import jinja2
import pytest

from training.report.rendering import environment


def rendered(folder: Path, source: str, **values: object) -> str:
    (folder / "t.html").write_text(source)
    return environment(folder).get_template("t.html").render(**values)


def test_a_share_is_shown_in_percent_with_three_digits(tmp_path: Path) -> None:
    assert rendered(tmp_path, "{{ 0.01234|percent }} {{ 1|percent }}") == "1.23 % 100 %"


def test_names_of_files_and_streams_cannot_become_markup(tmp_path: Path) -> None:
    assert rendered(tmp_path, "{{ name }}", name="<b>&") == "&lt;b&gt;&amp;"


def test_a_name_that_is_missing_is_an_error_and_not_an_empty_text(tmp_path: Path) -> None:
    with pytest.raises(jinja2.UndefinedError, match="'missing' is undefined"):
        rendered(tmp_path, "{{ missing }}")


def test_the_style_of_the_reports_is_found_from_any_folder(tmp_path: Path) -> None:
    assert "body" in rendered(tmp_path, "{% include 'style.css' %}")
