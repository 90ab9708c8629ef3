"""Reading and verifying bundles, and the store of champions and challengers."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from service.scoring.manifest import Manifest, StreamName

MANIFEST = "manifest.json"
GRAPH = "model.tflite"
GOLDEN = "golden/scores.json"
CHAMPION = "champion"
CHALLENGER = "challenger"

_STREAM_NAME = TypeAdapter(StreamName)


class BundleError(ValueError):
    """A bundle or store that cannot be used; the message is one sentence for the user."""


@dataclass(frozen=True, slots=True)
class Bundle:
    """A bundle on disk whose schema and digests have been verified."""

    path: Path
    id: str
    manifest: Manifest

    @property
    def graph(self) -> bytes:
        """The LiteRT flatbuffer."""
        return (self.path / GRAPH).read_bytes()

    def golden(self) -> list[tuple[bytes, float]]:
        """The golden images, encoded, each with the score the exporting machine got."""
        scores: dict[str, float] = json.loads((self.path / GOLDEN).read_text())
        return [((self.path / "golden" / name).read_bytes(), score) for name, score in scores.items()]


def bundle_id(manifest: bytes) -> str:
    """A bundle's id: the start of its manifest's SHA-256, and so, through `files`, of all its content."""
    return hashlib.sha256(manifest).hexdigest()[:16]


def read_bundle(path: Path) -> Bundle:
    """Read and verify the bundle in a folder: schema, id, and the digest of every file.

    Raises:
        BundleError: if anything is missing, malformed or altered.
    """
    try:
        raw = (path / MANIFEST).read_bytes()
    except OSError as error:
        raise BundleError(
            f"expected a bundle in {path}, found no readable {MANIFEST}; give the folder <store>/<stream>/<bundle-id>"
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
            f"expected a manifest of schema version 1 in {path}, found at {where or 'top level'}: {first['msg']}; "
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
    if not file.resolve().is_relative_to(root.resolve()):
        raise BundleError(f"expected files inside bundle {root}, found {name}; fit again")
    try:
        with file.open("rb") as content:
            found = hashlib.file_digest(content, "sha256").hexdigest()
    except OSError as error:
        raise BundleError(f"expected {name} in bundle {root}, found none; copy the bundle again") from error
    if found != digest:
        raise BundleError(f"expected {name} in bundle {root} unaltered, found another digest; copy the bundle again")


@dataclass(frozen=True, slots=True)
class BundleStore:
    """The store as a reader sees it: `<root>/<stream>/<bundle-id>/`, `<root>/<stream>/champion` and `…/challenger`."""

    root: Path

    def streams(self) -> list[str]:
        """The streams that have a champion, sorted by name.

        Raises:
            BundleError: if the store's folder cannot be read.
        """
        try:
            return sorted(entry.parent.name for entry in self.root.glob(f"*/{CHAMPION}"))
        except OSError as error:
            raise BundleError(f"expected a readable bundle store at {self.root}, found: {error}") from error

    def champion_id(self, stream: str) -> str | None:
        """The id of the bundle that decides for a stream now, or None if there is none."""
        return self._pointer(stream, CHAMPION)

    def challenger_id(self, stream: str) -> str | None:
        """The id of the bundle that is scored in the champion's shadow, or None if there is none."""
        return self._pointer(stream, CHALLENGER)

    def champion(self, stream: str) -> Bundle:
        """Read and verify a stream's champion.

        Raises:
            BundleError: if the stream has no champion or its bundle cannot be used.
        """
        chosen = self.champion_id(stream)
        if chosen is None:
            known = ", ".join(self.streams()) or "no stream at all"
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
        """The ids of all bundles of a stream, newest first; those being written have hidden names and are none yet."""
        manifests = self.folder(stream).glob(f"[!.]*/{MANIFEST}")
        return [m.parent.name for m in sorted(manifests, key=lambda m: m.stat().st_mtime, reverse=True)]

    def _pointer(self, stream: str, role: str) -> str | None:
        try:
            return (self.folder(stream) / role).read_text().strip() or None
        except FileNotFoundError:
            return None

    def folder(self, stream: str) -> Path:
        """The folder of a stream.

        Raises:
            BundleError: if the name could not be a stream's.
        """
        try:
            return self.root / _STREAM_NAME.validate_python(stream)
        except ValidationError as error:
            raise BundleError(
                f"expected a stream name of letters, digits, '.', '_' and '-' (at most 64), found {stream!r}"
            ) from error
