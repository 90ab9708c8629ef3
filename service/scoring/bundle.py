"""Reading and verifying bundles, and the store of champions and challengers."""

import hashlib
import os
import re
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from operator import itemgetter
from pathlib import Path
from typing import Annotated

from pydantic import Field, FiniteFloat, TypeAdapter, ValidationError

from service.errors import Failure
from service.scoring.files import file_digest, read_file
from service.scoring.manifest import NAME, Manifest

MANIFEST = "manifest.json"
GRAPH = "model.tflite"
GOLDEN = "golden/scores.json"
CHAMPION = "champion"
CHALLENGER = "challenger"

MOST_POINTER_BYTES = 1 << 10
MOST_MANIFEST_BYTES = 1 << 24
MOST_FILE_BYTES = 1 << 30
MOST_GOLDEN_IMAGES = 100
MOST_FILES = 1000

_BUNDLE_ID = re.compile(rb"\s*([0-9a-f]{16})\s*")
_SCORES = TypeAdapter(Annotated[dict[str, FiniteFloat], Field(min_length=1, max_length=MOST_GOLDEN_IMAGES)])


class BundleError(Failure, ValueError):
    """A bundle or store that cannot be used; the message is one sentence for the user."""


@dataclass(frozen=True, slots=True)
class Bundle:
    """A bundle on disk whose schema and digests have been verified."""

    path: Path
    id: str
    manifest: Manifest

    @property
    def graph(self) -> bytes:
        """The LiteRT flatbuffer, verified as it is read.

        Raises:
            BundleError: if it cannot be read any more, or was altered.
        """
        return self._content(GRAPH)

    def golden(self) -> list[tuple[bytes, float]]:
        """The golden images, encoded, each with the score the exporting machine got.

        Raises:
            BundleError: if there is none, or a score is no finite number.
        """
        try:
            scores = _SCORES.validate_json(self._content(GOLDEN))
        except ValidationError as error:
            raise BundleError(
                f"expected the finite scores of 1 to {MOST_GOLDEN_IMAGES} golden images by name in {GOLDEN} of bundle "
                f"{self.path}, found: {error.errors()[0]['msg']}; fit again"
            ) from error
        return [(self._content(f"golden/{name}"), score) for name, score in scores.items()]

    def _content(self, name: str) -> bytes:
        if name not in self.manifest.files:
            raise BundleError(f"expected {name} among the files of bundle {self.path}, found none; fit again")
        try:
            content = read_file(self.path / name, MOST_FILE_BYTES)
        except OSError as error:
            raise BundleError(_unreadable(self.path, name, error)) from error
        _check_digest(self.path, name, hashlib.sha256(content).hexdigest(), self.manifest.files[name])
        return content


def is_stream_name(name: str) -> bool:
    """Whether a stream may have this name."""
    return bool(re.fullmatch(NAME, name))


def bundle_id(manifest: bytes) -> str:
    """A bundle's id: the start of its manifest's SHA-256, and so, through `files`, of all its content."""
    return hashlib.sha256(manifest).hexdigest()[:16]


def read_bundle(path: Path) -> Bundle:
    """Read and verify the bundle in a folder: schema, id, and the digest of every file.

    Raises:
        BundleError: if anything is missing, malformed or altered.
    """
    try:
        raw = read_file(path / MANIFEST, MOST_MANIFEST_BYTES)
    except OSError as error:
        raise BundleError(
            f"expected a bundle in {path}, found no readable {MANIFEST}{_reason(error)}; "
            "give the folder <store>/<stream>/<bundle-id>"
        ) from error
    if path.resolve().name != bundle_id(raw):
        raise BundleError(
            f"expected {MANIFEST} of bundle {path.resolve().name} to hash to its id, found {bundle_id(raw)}: "
            "it was altered or renamed; copy the bundle again or fit again"
        )
    try:
        manifest = Manifest.model_validate_json(raw)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise BundleError(
            f"expected a manifest of schema version 1 or 2 in {path}, found at {where or 'top level'}: {first['msg']}; "
            "use a bundle written by this release"
        ) from error
    for name in (GRAPH, GOLDEN):
        if name not in manifest.files:
            raise BundleError(f"expected {name} among the files of bundle {path}, found none; fit again")
    for name, digest in manifest.files.items():
        _verify_file(path, name, digest)
    return Bundle(path=path, id=bundle_id(raw), manifest=manifest)


def _verify_file(root: Path, name: str, digest: str) -> None:
    file = root / name
    try:
        found = file_digest(file, MOST_FILE_BYTES)
    except OSError as error:
        raise BundleError(_unreadable(root, name, error)) from error
    if not file.resolve().is_relative_to(root.resolve()):
        raise BundleError(f"expected files inside bundle {root}, found {name}; fit again")
    _check_digest(root, name, found, digest)


def _check_digest(root: Path, name: str, found: str, wanted: str) -> None:
    if found != wanted:
        raise BundleError(f"expected {name} in bundle {root} unaltered, found another digest; copy the bundle again")


def _unreadable(root: Path, name: str, error: OSError) -> str:
    found = "none" if isinstance(error, FileNotFoundError) else f"none that can be read{_reason(error)}"
    return f"expected {name} in bundle {root}, found {found}; copy the bundle again"


def _reason(error: OSError) -> str:
    """In brackets, unless it is just not there."""
    return "" if isinstance(error, FileNotFoundError) else f" ({error.strerror or error})"


@dataclass(frozen=True, slots=True)
class BundleStore:
    """The store as a reader sees it: `<root>/<stream>/<bundle-id>/`, `<root>/<stream>/champion` and `…/challenger`."""

    root: Path

    def streams(self) -> list[str]:
        """The streams that have a champion, sorted by name.

        Raises:
            BundleError: if the store's folder cannot be read.
        """
        return [name for name in self.folders() if os.path.lexists(self.root / name / CHAMPION)]

    def folders(self) -> list[str]:
        """The names of all that is in the store and not hidden, sorted.

        Raises:
            BundleError: if the store's folder cannot be read.
        """
        try:
            return sorted(entry.name for entry in self.root.iterdir() if not entry.name.startswith("."))
        except OSError as error:
            found = "none" if isinstance(error, FileNotFoundError) else f"one that cannot be listed{_reason(error)}"
            raise BundleError(
                f"expected a readable bundle store at {self.root}, found {found}; mount it, or correct its path"
            ) from error

    def champion_id(self, stream: str) -> str | None:
        """The id of the bundle that decides for a stream now, or None if there is none.

        Raises:
            BundleError: if the file `champion` holds anything but an id.
        """
        return self._pointer(stream, CHAMPION)

    def challenger_id(self, stream: str) -> str | None:
        """The id of the bundle that is scored in the champion's shadow, or None if there is none.

        Raises:
            BundleError: if the file `challenger` holds anything but an id.
        """
        return self._pointer(stream, CHALLENGER)

    def champion(self, stream: str) -> Bundle:
        """Read and verify a stream's champion.

        Raises:
            BundleError: if the stream has no champion or its bundle cannot be used.
        """
        chosen = self.champion_id(stream)
        if chosen is None:
            known = (", ".join(self.streams()) if self.root.is_dir() else "") or "no stream at all"
            raise BundleError(
                f"expected stream {stream!r} to have a champion in {self.root}, found {known}; "
                "fit one with linewatch-train fit, or check --store and --stream"
            )
        return self.bundle(stream, chosen)

    def bundle(self, stream: str, chosen: str) -> Bundle:
        """Read and verify one bundle of a stream.

        Raises:
            BundleError: if it is not there, cannot be used, or was fitted for another stream.
        """
        bundle = read_bundle(self.folder(stream) / chosen)
        if bundle.manifest.stream != stream:
            raise BundleError(
                f"expected a bundle of stream {stream!r} in {bundle.path}, "
                f"found one of {bundle.manifest.stream!r}; fit this stream, or put the bundle under its own"
            )
        return bundle

    def bundle_ids(self, stream: str) -> list[str]:
        """The ids of all bundles of a stream, newest first; those being written have hidden names and are none yet.

        Raises:
            BundleError: if the stream's folder cannot be read.
        """
        folder, found = self.folder(stream), list[tuple[float, str]]()
        try:
            names = [entry.name for entry in folder.iterdir() if not entry.name.startswith(".")]
        except (FileNotFoundError, NotADirectoryError):
            return []
        except OSError as error:
            found_one = f"found one that cannot be listed{_reason(error)}; let this user read it"
            raise BundleError(f"expected a readable folder of bundles at {folder}, {found_one}") from error
        for name in names:
            with suppress(OSError):  # no bundle
                found.append(((folder / name / MANIFEST).stat().st_mtime, name))
        return [name for _, name in sorted(found, key=itemgetter(0), reverse=True)]

    def stamp(self, stream: str, chosen: str) -> object:
        """What changes when the files of a bundle do, without reading them; equal to itself as long as they do not."""
        folder = self.folder(stream) / chosen
        found = []
        for path in islice(folder.rglob("*") if chosen else (), MOST_FILES):
            with suppress(OSError):  # it goes just now
                entry = path.lstat()
                found.append((str(path), entry.st_ino, entry.st_size, entry.st_mtime_ns))
        return sorted(found)

    def _pointer(self, stream: str, role: str) -> str | None:
        file = self.folder(stream) / role
        try:
            content = read_file(file, MOST_POINTER_BYTES)
            inside = file.resolve().is_relative_to(file.parent.resolve())  # what a link may show must be the store's
        except FileNotFoundError:
            return None
        except OSError as error:
            raise BundleError(_no_id(file, f"that it cannot be read{_reason(error)}")) from error
        if not content.strip():
            return None
        match = _BUNDLE_ID.fullmatch(content)
        if not inside or not match:
            raise BundleError(_no_id(file, _shown(content) if inside else "a link to elsewhere"))
        return match[1].decode()

    def folder(self, stream: str) -> Path:
        """The folder of a stream.

        Raises:
            BundleError: if the name could not be a stream's.
        """
        if not is_stream_name(stream):
            raise BundleError(
                f"expected a stream name of letters, digits, '.', '_' and '-' (at most 64), found {stream!r}"
            )
        return self.root / stream


def _no_id(file: Path, found: str) -> str:
    return (
        f"expected the id of a bundle, 16 hexadecimal digits, in {file}, found {found}; "
        "write it with linewatch-train, or delete the file"
    )


def _shown(content: bytes) -> str:
    """What stands in a file that should hold an id: a few characters if it is text, or what it may be."""
    if b"\0" in content:
        return "bytes that are no UTF-8 text, maybe UTF-16 as a Windows shell writes it"
    if content.isascii() and content.strip().decode().isprintable():
        return repr(content.strip().decode()[:40])
    return f"{len(content)} bytes that are none"
