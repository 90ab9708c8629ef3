"""What `linewatch send` is asked for, and where the journal is by default."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from service.errors import Failure, Misuse
from service.scoring.printable import printable
from service.send.capture_times import CaptureTime
from service.send.disposal import Mode
from service.send.part_ids import PartId


@dataclass(frozen=True, slots=True)
class SendRequest:
    """All options, read."""

    paths: tuple[Path, ...]
    stream: str
    part_id: PartId
    capture_time: CaptureTime
    mode: Mode
    move_to: Path | None
    rejected_to: Path | None
    journal: Path
    watch: bool
    rate: float | None
    settle_seconds: float
    patience_seconds: float
    poll_seconds: float
    http_host: str
    http_port: int | None


def journal_path(paths: Sequence[Path], stream: str, given: Path | None) -> Path:
    """The journal that is given, or else the one beside the folder that is sent, or that the files are in.

    Raises:
        Failure: if there is no such file or folder.
        Misuse: if files are from several folders.
    """
    missing = [path for path in paths if not path.exists()]
    if missing:
        raise Failure(
            f"expected images or folders of them, found no {', '.join(map(printable, missing[:3]))}; correct the path, "
            "or mount the share"
        )
    if given is not None:
        return given
    folders = {os.path.realpath(path if path.is_dir() else path.parent) for path in paths}
    if len(folders) > 1:
        raise Misuse(f"expected --journal FILE, since the images are in {len(folders)} folders, found none; give one")
    folder = Path(folders.pop())
    return folder.parent / f".{folder.name}.{stream}.sent"
