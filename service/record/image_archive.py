"""The archive: images under the SHA-256 of their bytes, so that they outlive the topic's retention."""

import hashlib
from dataclasses import dataclass

import fsspec


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
        try:
            files, path = self._locate(digest)
            if not files.exists(path):
                files.makedirs(files._parent(path), exist_ok=True)  # noqa: SLF001 - fsspec's own way to split a path
                with files.transaction, files.open(path, "wb") as file:  # whole or not at all
                    file.write(image)
        except (OSError, ValueError, ImportError) as error:
            raise self._unusable(error) from error
        return digest

    def holds(self, digest: str) -> bool:
        """Whether an image with this SHA-256 is stored here.

        Raises:
            ArchiveError: if the archive cannot be read.
        """
        try:
            files, path = self._locate(digest)
            return bool(files.exists(path))
        except (OSError, ValueError, ImportError) as error:
            raise self._unusable(error) from error

    def read(self, digest: str) -> bytes | None:
        """The image with this SHA-256; None if it is not stored here.

        Raises:
            ArchiveError: if the archive cannot be read, or holds other bytes under this digest.
        """
        try:
            files, path = self._locate(digest)
            image: bytes = files.cat_file(path)
        except FileNotFoundError:
            return None
        except (OSError, ValueError, ImportError) as error:
            raise self._unusable(error) from error
        if hashlib.sha256(image).hexdigest() != digest:
            raise ArchiveError(f"expected image {digest} unaltered in the archive {self.root}, found other bytes")
        return image

    def _locate(self, digest: str) -> tuple[fsspec.AbstractFileSystem, str]:
        files, root = fsspec.core.url_to_fs(self.root)
        return files, f"{root.rstrip('/')}/{digest[:2]}/{digest}"

    def _unusable(self, error: Exception) -> ArchiveError:
        return ArchiveError(
            f"expected an archive at {self.root}, a folder or a URL that fsspec knows, found: {error}; "
            "correct the setting archive, or install what it names"
        )
