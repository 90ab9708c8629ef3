"""The archive: images under the SHA-256 of their bytes, so that they outlive the topic's retention."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import fsspec

from service.record.credentials import without_credentials
from service.record.soundness import is_a_digest


class ArchiveError(RuntimeError):
    """An archive that cannot be used; the message is one sentence for people."""


@dataclass(frozen=True, slots=True)
class Archive:
    """Encoded images under `<root>/<first two digits>/<SHA-256>`; the same image is stored once.

    `root` is a folder, or a URL of any file system that fsspec knows, such as s3://bucket/linewatch (which needs the
    package s3fs). See the documentation of fsspec, "Use a file system".
    """

    root: str

    def put(self, image: bytes) -> str:
        """Store an image; returns its SHA-256, which finds it again.

        Raises:
            ArchiveError: if it cannot be written.
        """
        digest = hashlib.sha256(image).hexdigest()
        with self._sentences():
            files, path = self._locate(digest)
            if not files.exists(path):
                files.makedirs(files._parent(path), exist_ok=True)  # noqa: SLF001 - fsspec's own way to split a path
                with files.transaction, files.open(path, "wb") as file:  # whole or not at all
                    file.write(image)
        return digest

    def holds(self, digest: str) -> bool:
        """Whether an image with this SHA-256 is stored here; what is no SHA-256 is not.

        Raises:
            ArchiveError: if the archive cannot be read.
        """
        if not is_a_digest(digest):
            return False
        with self._sentences():
            files, path = self._locate(digest)
            return bool(files.exists(path))

    def read(self, digest: str) -> bytes | None:
        """The image with this SHA-256; None if it is not stored here, or this is no SHA-256.

        Raises:
            ArchiveError: if the archive cannot be read, or holds other bytes under this digest.
        """
        if not is_a_digest(digest):
            return None
        with self._sentences():
            files, path = self._locate(digest)
            try:
                image: bytes = files.cat_file(path)
            except FileNotFoundError:
                return None
        if hashlib.sha256(image).hexdigest() != digest:
            raise ArchiveError(f"expected image {digest} unaltered in the archive {self.name}, found other bytes")
        return image

    @property
    def name(self) -> str:
        """Its root for people, without what a URL has of passwords."""
        return without_credentials(self.root)

    def _locate(self, digest: str) -> tuple[fsspec.AbstractFileSystem, str]:
        files, root = fsspec.core.url_to_fs(self.root)
        return files, f"{root.rstrip('/')}/{digest[:2]}/{digest}"

    @contextmanager
    def _sentences(self) -> Iterator[None]:
        try:
            yield
        except Exception as error:  # noqa: BLE001 - a file system raises what the library behind it does
            why = without_credentials(str(error) or type(error).__name__, self.root)
            raise ArchiveError(
                f"expected an archive at {self.name}, a folder or a URL that fsspec knows, found: {why}; "
                "correct the setting archive, or install what it names"
            ) from None
