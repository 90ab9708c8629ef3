"""A folder of collected images in MVTec layout, with the provenance of each."""

import hashlib
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from service.record.messages import Source
from service.record.reviews import Review
from service.scoring.formats.signatures import suffix
from service.scoring.image_folder import is_passed_over
from service.scoring.verdict import Decision
from training.collection.inspected_part import InspectedPart
from training.errors import TrainingError

PROVENANCE = "provenance.jsonl"


class Origin(BaseModel):
    """One line of provenance.jsonl: a file, the part it shows, its verdict and its review."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    file: str
    """Its path within the folder."""
    sha256: str
    source: Source
    part_id: str
    stream: str
    captured_at: datetime
    bundle: str
    score: float | None
    p_value: float | None
    decision: Decision | None
    review: Review | None


class CollectedFolder:
    """The folder; each file is recorded in provenance.jsonl as it is written, so that a stopped run can go on."""

    def __init__(self, root: Path, stream: str) -> None:
        """Create the folder, or read what an earlier run wrote.

        Raises:
            TrainingError: if the folder holds something else, or cannot be written.
        """
        self.root, self.stream = root, stream
        self._origins: dict[Source, Origin] = {}
        provenance = root / PROVENANCE
        try:
            if (
                root.exists()
                and not provenance.is_file()
                and not all(is_passed_over(each.name) for each in root.iterdir())
            ):
                raise TrainingError(
                    f"expected {root} to be empty or to hold what was collected before, found other files; "
                    "give another folder"
                )
            root.mkdir(parents=True, exist_ok=True)
            provenance.touch()
            lines = provenance.read_text().splitlines()
        except OSError as error:
            raise TrainingError(f"expected to write into {root}, found that it cannot be: {error.strerror}") from error
        for origin in _read(lines):
            if origin.stream != stream:
                raise TrainingError(
                    f"expected {root} to hold parts of stream {stream!r}, found those of {origin.stream!r}; "
                    "give each stream a folder of its own"
                )
            self._origins[origin.source] = origin
        self.finish()  # or the next line would be appended to one that was cut off

    def add(self, part: InspectedPart, image: bytes) -> None:
        """Write a part's image where it belongs, and record its provenance."""
        file = f"{part.folder}/{str(part.source).replace('/', '-')}{suffix(image)}"
        self._record(part, file, hashlib.sha256(image).hexdigest())  # first: a file without it would never be removed
        path = self.root / file
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_name(f".{path.name}.new")
        fresh.write_bytes(image)
        fresh.replace(path)

    def reconcile(self, parts: Iterable[InspectedPart]) -> list[tuple[InspectedPart, Path]]:
        """Remove the files of all but these parts, and those that are damaged or belong elsewhere by now.

        Only files that provenance.jsonl names are touched. A part may have been reviewed since it was written.

        Returns:
            The parts whose files stay, with their paths.
        """
        wanted, kept = {part.source: part for part in parts}, []
        for source, origin in list(self._origins.items()):
            part, path = wanted.get(source), self.root / origin.file
            if part is not None and part.folder == origin.file.rpartition("/")[0] and _digest(path) == origin.sha256:
                self._record(part, origin.file, origin.sha256)
                kept.append((part, path))
            else:
                path.unlink(missing_ok=True)
                del self._origins[source]
        return kept

    def finish(self) -> tuple[Origin, ...]:
        """Rewrite provenance.jsonl, one line for each file, sorted by file; returns its lines."""
        origins = sorted(self._origins.values(), key=lambda origin: origin.file)
        fresh = self.root / f".{PROVENANCE}.new"
        fresh.write_text("".join(f"{origin.model_dump_json()}\n" for origin in origins))
        fresh.replace(self.root / PROVENANCE)
        return tuple(origins)

    def _record(self, part: InspectedPart, file: str, digest: str) -> None:
        origin = Origin(
            file=file,
            sha256=digest,
            source=part.source,
            part_id=part.part_id,
            stream=self.stream,
            captured_at=part.captured_at,
            bundle=part.bundle,
            score=part.score,
            p_value=part.p_value,
            decision=part.decision,
            review=part.review,
        )
        self._origins[part.source] = origin
        with (self.root / PROVENANCE).open("a") as lines:
            lines.write(origin.model_dump_json() + "\n")


def _read(lines: list[str]) -> Iterator[Origin]:
    for line in lines:
        try:
            yield Origin.model_validate_json(line)
        except ValidationError:
            continue  # the run was stopped while it wrote this line; the file is written again


def _digest(path: Path) -> str | None:
    try:
        with path.open("rb") as content:
            return hashlib.file_digest(content, "sha256").hexdigest()
    except OSError:
        return None
