"""Container engines (docker, podman), and those that can run containers on this machine."""

import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from deploy.devtools.errors import ContainerError

HARDENED = (
    "--read-only",
    "--cap-drop=ALL",
    "--security-opt=no-new-privileges",
    "--tmpfs=/tmp:rw,size=256m,noexec,nosuid,nodev",
)
"""How the images are meant to be run: only /tmp is writable, and there are no privileges."""

CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")
"""This machine's certificate authorities: behind a company's proxy, the build must trust the same ones."""


@dataclass(frozen=True, slots=True)
class Engine:
    """A way to build and run containers: a program and the options that it needs on this machine."""

    program: str
    options: tuple[str, ...] = ()
    build_options: tuple[str, ...] = ()
    run_options: tuple[str, ...] = ()

    def has(self, image: str) -> bool:
        """Whether the image is here."""
        return self._call("image", "inspect", image).returncode == 0

    def pull(self, image: str) -> bool:
        """Whether the image could be fetched."""
        return self._call("pull", image).returncode == 0

    def load_root(self, archive: Path, image: str) -> None:
        """Make an image of a tar archive of a root file system."""
        self._demand("import", str(archive), image)

    def build(self, dockerfile: Path, context: Path, *, base: str, image: str, log: Path) -> None:
        """Build an image.

        Raises:
            ContainerError: naming the log.
        """
        secret = (f"--secret=id=certificates,src={CERTIFICATES}",) if CERTIFICATES.exists() else ()
        command = [self.program, *self.options, "build", *self.build_options, *secret]
        command += [f"--build-arg=BASE={base}", f"--file={dockerfile}", f"--tag={image}", str(context)]
        with log.open("wb") as output:
            done = subprocess.run(command, stdout=output, stderr=subprocess.STDOUT, check=False)
        if done.returncode != 0:
            raise ContainerError(f"expected {dockerfile.name} to build, it failed; its log is {log}")

    def run(
        self, image: str, *command: str, options: Sequence[str] = HARDENED, entrypoint: str | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run a container to its end."""
        entry = () if entrypoint is None else (f"--entrypoint={entrypoint}",)
        return self._call("run", "--rm", *self.run_options, *options, *entry, image, *command)

    def size(self, image: str) -> int:
        """Bytes of an image, unpacked, with all its layers."""
        return int(self._demand("image", "inspect", "--format={{.Size}}", image))

    def _call(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([self.program, *self.options, *arguments], capture_output=True, text=True, check=False)

    def _demand(self, *arguments: str) -> str:
        done = self._call(*arguments)
        if done.returncode != 0:
            raise ContainerError(
                f"expected {self.program} {' '.join(arguments)} to succeed, it printed: {done.stderr.strip()}"
            )
        return done.stdout


DOCKER = Engine("docker")
PODMAN = Engine("podman", build_options=("--format=docker",))
PODMAN_IN_A_SANDBOX = Engine(
    "podman",
    # No systemd, no network namespaces, and limits that may not be raised.
    options=("--runtime=runc", "--cgroup-manager=cgroupfs"),
    build_options=("--format=docker", "--isolation=chroot", "--network=host"),
    run_options=("--network=host", "--ulimit=nofile=1024:1024", "--ulimit=nproc=1000:1000", "--no-healthcheck"),
)


def installed() -> list[Engine]:
    """The engines whose program is here and answers, those with the fewest options first."""
    return [
        engine
        for engine in (DOCKER, PODMAN, PODMAN_IN_A_SANDBOX)
        if shutil.which(engine.program)
        and subprocess.run([engine.program, "info"], capture_output=True, check=False).returncode == 0
    ]
