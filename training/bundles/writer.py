"""Writing a bundle atomically: no reader ever sees half of one."""

import hashlib
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp

from service.scoring.bundle import MANIFEST, BundleStore, bundle_id
from service.scoring.manifest import Manifest
from training.bundles.files import not_written, sync
from training.errors import TrainingError

PREFIX = ".draft-"
"""A name that no stream or bundle can have; what a killed fit leaves behind is safe to delete."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A bundle in the making: files are written into `path`, then it is sealed."""

    path: Path

    def write(self, name: str, content: bytes) -> None:
        """Write one file, by its path within the bundle.

        Raises:
            TrainingError: if it cannot be written, as on a full disk.
        """
        file = self.path / name
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
        except OSError as error:
            raise not_written(file, error) from error

    def seal(self, manifest: Manifest) -> str:
        """Write the manifest, with the digest of every file, and give the bundle its final name; returns its id.

        Raises:
            TrainingError: if the disk does not take it; no reader ever sees such a bundle.
        """
        files = sorted(file for file in self.path.rglob("*") if file.is_file())
        digests = {str(file.relative_to(self.path)): hashlib.sha256(file.read_bytes()).hexdigest() for file in files}
        sealed = manifest.model_copy(update={"files": digests}).model_dump_json(indent=1).encode()
        self.write(MANIFEST, sealed)
        chosen = bundle_id(sealed)
        try:
            for entry in [*self.path.rglob("*"), self.path]:
                sync(entry)
            self.path.chmod(0o755)  # mkdtemp made it private; the service may be another user
            self.path.rename(self.path.parent / chosen)
            sync(self.path.parent)
        except OSError as error:
            raise not_written(self.path.parent / chosen, error) from error
        return chosen


@contextmanager
def draft(store: BundleStore, stream: str) -> Iterator[Draft]:
    """A draft inside its stream's folder, on the same file system as its final place; removed unless sealed.

    Raises:
        BundleError: if the stream's name is not valid.
        TrainingError: if nothing can be written there.
    """
    folder = store.folder(stream)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        path = Path(mkdtemp(prefix=PREFIX, dir=folder))
    except OSError as error:
        raise TrainingError(
            f"expected to write bundles into {folder}, found that it cannot be: {error.strerror}; give another --store"
        ) from error
    try:
        yield Draft(path)
    finally:
        shutil.rmtree(path, ignore_errors=True)
        with suppress(OSError):  # other bundles are in it
            folder.rmdir()


def check_writable(store: BundleStore, stream: str) -> None:
    """Check that a bundle can be written, before there is one.

    Raises:
        BundleError, TrainingError: as `draft`.
    """
    with draft(store, stream):
        pass
