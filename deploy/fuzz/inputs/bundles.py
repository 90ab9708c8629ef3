"""Hostile stores: manifests, graphs, golden files and pointers, edited; what is sealed again has right digests."""

import hashlib
import json
import shutil
import tempfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from deploy.devtools.tiny_bundle import write_bundle
from deploy.fuzz.dice import Dice
from deploy.fuzz.hostile import Hostile, Outcome
from deploy.fuzz.images import any_bytes
from deploy.fuzz.inputs import json_edits
from service.scoring.bundle import CHAMPION, GOLDEN, GRAPH, MANIFEST, BundleError, BundleStore, bundle_id
from service.scoring.scorer import Scorer

STREAM = "default"
POINTERS = (
    b"", b"\n", b"../../elsewhere", b"/etc", b"0" * 16, b"\0" * 16, b"\xff" * 16, b"{id}\r\n", b"  {id}  ",
    b"{id}\n{id}", b"\xef\xbb\xbf{id}", b"{ID}", b"{id}0", b"x" * 5000, b"\xff\xfe{wide}",
)  # fmt: skip
"""Contents of a pointer; `{id}` stands for the bundle's id, `{wide}` for it in UTF-16."""


class Bundles:
    """One bundle with its pointer; the input is the edited file and its new content."""

    def make(self, dice: Dice) -> Hostile:
        """An edit of one file, as JSON."""
        files = _files()
        name = dice.pick((MANIFEST, MANIFEST, MANIFEST, GOLDEN, GRAPH, "golden/10.png", CHAMPION))
        if name == CHAMPION:
            content = dice.pick(POINTERS)
        elif name in (MANIFEST, GOLDEN):
            content = json_edits.edit(files[name], dice)
        else:
            content = any_bytes.edit(files[name], files[GRAPH], dice)
        change = {"file": name, "content": content.decode("latin-1"), "sealed": dice.chance(0.85)}
        return Hostile(f"bundle {name.split('/')[-1]}", json.dumps(change).encode())

    def judge(self, hostile: Hostile) -> Outcome:
        """The store gives a scorer that scores, or a BundleError."""
        change = json.loads(hostile.data)
        content = change["content"].encode("latin-1")
        root = Path(tempfile.mkdtemp(prefix="linewatch-fuzz-"))
        try:
            _write(root, change["file"], content, sealed=change["sealed"])
            scorer = Scorer(BundleStore(root).champion(STREAM), threads=1)
            return Outcome("valid", fault="" if scorer.bundle.golden() else "no golden image")
        except BundleError as error:
            return Outcome("refused", fault="" if str(error) else "no message")
        finally:
            shutil.rmtree(root, ignore_errors=True)


@cache
def _files() -> Mapping[str, bytes]:
    """The files of a whole bundle."""
    with tempfile.TemporaryDirectory() as store:
        folder = write_bundle(Path(store), STREAM)
        return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def _write(root: Path, name: str, content: bytes, *, sealed: bool) -> None:
    """A store with one file changed; sealed: the manifest has its digest, and the folder the manifest's."""
    files = dict(_files())
    if name != CHAMPION:
        files[name] = content
    if sealed and name not in (MANIFEST, CHAMPION):
        manifest = json.loads(files[MANIFEST])
        manifest["files"][name] = hashlib.sha256(content).hexdigest()
        files[MANIFEST] = json.dumps(manifest).encode()
    chosen = bundle_id(files[MANIFEST] if sealed else _files()[MANIFEST])
    folder = root / STREAM / chosen
    for each, data in files.items():
        (folder / each).parent.mkdir(parents=True, exist_ok=True)
        (folder / each).write_bytes(data)
    pointer = chosen.encode()
    if name == CHAMPION:
        pointer = content.replace(b"{id}", pointer).replace(b"{ID}", pointer.upper())
        pointer = pointer.replace(b"{wide}", chosen.encode("utf-16-le"))
    (root / STREAM / CHAMPION).write_bytes(pointer)
