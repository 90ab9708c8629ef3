"""The image that both Dockerfiles start from."""

import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from deploy.containers.engine import ContainerError, Engine

DEBIAN = "bookworm"
BOOTSTRAPPED = f"localhost/linewatch-base:{DEBIAN}"
PACKAGES = "ca-certificates,python3,python3-venv"


def default_base(dockerfile: Path) -> str:
    """What a Dockerfile starts from unless told otherwise.

    Raises:
        ContainerError: if it does not say.
    """
    if found := re.search(r"^ARG BASE=(\S+)$", dockerfile.read_text(encoding="utf-8"), flags=re.MULTILINE):
        return found.group(1)
    raise ContainerError(f"expected a line ARG BASE=… in {dockerfile}, found none")


def provide(engine: Engine, wanted: str) -> str:
    """The wanted image where a container registry has it; else one made of Debian's packages.

    Raises:
        ContainerError: if neither can be had.
    """
    if engine.has(wanted) or engine.pull(wanted):
        return wanted
    if not engine.has(BOOTSTRAPPED):
        _bootstrap(engine)
    return BOOTSTRAPPED


def _bootstrap(engine: Engine) -> None:
    if not shutil.which("mmdebstrap"):
        raise ContainerError(
            "expected a container registry, or mmdebstrap to make the base image without one, found neither; "
            "pass BASE=<image with python3 and python3-venv>, or apt-get install mmdebstrap"
        )
    print(f"no container registry: making {BOOTSTRAPPED} of Debian packages", flush=True)
    with tempfile.TemporaryDirectory(prefix="linewatch-base-") as folder:
        archive = Path(folder) / "root.tar"
        command = ["mmdebstrap", "--variant=minbase", f"--include={PACKAGES}", DEBIAN, str(archive)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise ContainerError(f"expected mmdebstrap to succeed, it said: {done.stderr.strip().splitlines()[-1]}")
        engine.load_root(archive, BOOTSTRAPPED)
