"""`python -m deploy.devtools.downloads`: Prometheus, promtool and Alertmanager for the tests, without installing them.

What is on PATH is used as it is. Otherwise, where there is apt, the Debian packages are unpacked into
.cache/debian: nothing of the system changes and no daemon starts. Chromium cannot be unpacked like that; it is
installed as root in CI, or when asked for with --chromium. A tool that cannot be had is reported in one
line, and the exit status is 0: the tests that need it skip.
"""

import argparse
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from deploy.devtools import paths
from deploy.devtools.errors import ToolError

CACHE = paths.CACHE / "debian"


@dataclass(frozen=True, slots=True)
class Tool:
    """The Debian package of a program, and the names that the program may have."""

    package: str
    programs: tuple[str, ...]


TOOLS: Mapping[str, Tool] = MappingProxyType(
    {
        "prometheus": Tool("prometheus", ("prometheus",)),
        "promtool": Tool("prometheus", ("promtool",)),
        "alertmanager": Tool("prometheus-alertmanager", ("alertmanager", "prometheus-alertmanager")),
        "chromium": Tool("chromium", ("chromium", "chromium-browser", "google-chrome")),
        "chromedriver": Tool("chromium-driver", ("chromedriver",)),
    }
)
_EXECUTABLE = 0o755
UNPACKED = ("prometheus", "promtool", "alertmanager")


def find(name: str, cache: Path = CACHE) -> Path | None:
    """The program of a tool, on PATH or unpacked in the cache; None if there is none."""
    search = os.pathsep.join([os.environ.get("PATH", os.defpath), str(cache / "bin"), str(cache / "usr" / "bin")])
    for program in TOOLS[name].programs:
        if found := shutil.which(program, path=search):
            return Path(found)
    return None


def unpack(packages: Iterable[str], cache: Path = CACHE) -> None:
    """Fetch Debian packages and unpack them into the cache, as root or not.

    Raises:
        ToolError: if there is no apt, or it cannot reach its mirrors.
    """
    if not (shutil.which("apt-get") and shutil.which("dpkg")):
        raise ToolError("expected a Debian-like system with apt-get and dpkg, found none")
    downloads = cache / "packages"
    downloads.mkdir(parents=True, exist_ok=True)
    names = sorted(set(packages))
    try:
        _apt("download", *names, folder=downloads)
    except ToolError:  # no package lists yet, or old ones: fetch our own, the system's stay as they are
        private = _private_state(cache / "apt")
        _apt("update", options=private, folder=downloads)
        _apt("download", *names, options=private, folder=downloads)
    for package in downloads.glob("*.deb"):
        _run(["dpkg", "-x", str(package), str(cache)])
        package.unlink()
    _let_alertmanager_find_its_templates(cache)


def install_chromium() -> None:
    """Install Debian's Chromium, and the driver that presses its keys.

    Raises:
        ToolError: if we are not root, or apt cannot do it.
    """
    if os.geteuid() != 0:
        raise ToolError("expected root to install chromium")
    _run(["apt-get", "update"])
    _run(["apt-get", "install", "--yes", "--no-install-recommends", "chromium", "chromium-driver"])


def main(arguments: list[str] | None = None) -> int:
    """Make the tools available and print where they are."""
    parser = argparse.ArgumentParser(prog="python -m deploy.devtools.downloads", description=__doc__)
    parser.add_argument("--chromium", action="store_true", help="install Chromium too (root; changes the system)")
    options = parser.parse_args(arguments)
    if missing := [TOOLS[name].package for name in UNPACKED if find(name) is None]:
        try:
            unpack(missing)
        except ToolError as error:
            print(f"going on without {', '.join(sorted(set(missing)))}: {error}", file=sys.stderr)
    in_ci_as_root = os.environ.get("CI") == "true" and os.geteuid() == 0
    if not (find("chromium") and find("chromedriver")) and (options.chromium or in_ci_as_root):
        try:
            install_chromium()
        except ToolError as error:
            print(f"going on without chromium: {error}", file=sys.stderr)
    for name, tool in TOOLS.items():
        print(f"{name}: {find(name) or f'none; the tests that need it skip. Install the package {tool.package}'}")
    return 0


def _let_alertmanager_find_its_templates(cache: Path) -> None:
    """Debian's build reads them from /usr/share, where they are not: make it read them from its working folder.

    The path in the program becomes a relative one of the same length, and a script sets the folder.
    """
    program = cache / "usr" / "bin" / "prometheus-alertmanager"
    if not program.exists():
        return
    absolute, relative = b"/usr/share/prometheus/alertmanager", b"usr/share//prometheus/alertmanager"
    fresh = program.with_suffix(".new")
    fresh.write_bytes(program.read_bytes().replace(absolute, relative))
    fresh.chmod(_EXECUTABLE)
    fresh.replace(program)
    script = cache / "bin" / "alertmanager"
    script.parent.mkdir(exist_ok=True)
    script.write_text(f'#!/bin/sh\ncd "$(dirname "$0")/.." && exec usr/bin/{program.name} "$@"\n')
    script.chmod(_EXECUTABLE)


def _private_state(folder: Path) -> list[str]:
    for part in ("state/lists/partial", "cache/archives/partial"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    return ["-o", f"Dir::State={folder / 'state'}", "-o", f"Dir::Cache={folder / 'cache'}"]


def _apt(*command: str, folder: Path, options: Iterable[str] = ()) -> None:
    # apt's own sandbox user could not write into our folder.
    _run(["apt-get", "--quiet", "-o", "APT::Sandbox::User=root", *options, *command], folder)


def _run(command: list[str], folder: Path | None = None) -> None:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        lines = (done.stderr.strip() or done.stdout.strip()).splitlines()
        raise ToolError(f"{' '.join(command)} failed: {lines[-1] if lines else f'exit status {done.returncode}'}")


if __name__ == "__main__":
    raise SystemExit(main())
