"""A folder of collected images in MVTec layout, and where each of them is from."""

import hashlib
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from service.record.messages import Source
from service.record.reviews import Review
from service.scoring.image import suffix
from service.scoring.verdict import Decision
from training.collection.inspected_part import InspectedPart
from training.errors import TrainingError

PROVENANCE = "provenance.jsonl"


class Origin(BaseModel):
    """One line of provenance.jsonl: a file, the part it shows, and what was decided and said of it."""

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
    """The folder; each file is noted in provenance.jsonl as it is written, so that a stopped run can go on."""

    def __init__(self, root: Path, stream: str) -> None:
        """Begin, or take up what is there.

        Raises:
            TrainingError: if the folder holds something else, or cannot be written.
        """
        self.root, self.stream = root, stream
        self._origins: dict[Source, Origin] = {}
        notes = root / PROVENANCE
        try:
            if root.exists() and not notes.is_file() and any(root.iterdir()):
                raise TrainingError(
                    f"expected {root} to be empty or to hold what was collected before, found other files; "
                    "give another folder"
                )
            root.mkdir(parents=True, exist_ok=True)
            notes.touch()
            lines = notes.read_text().splitlines()
        except OSError as error:
            raise TrainingError(f"expected to write into {root}, found that it cannot be: {error.strerror}") from error
        for origin in _read(lines):
            if origin.stream != stream:
                raise TrainingError(
                    f"expected {root} to hold parts of stream {stream!r}, found those of {origin.stream!r}; "
                    "give each stream a folder of its own"
                )
            self._origins[origin.source] = origin
        self.finish()  # or the next note would go on in a line that was cut off

    def __contains__(self, part: InspectedPart) -> bool:
        return part.source in self._origins

    def origins(self) -> list[Origin]:
        """What is there, by file."""
        return sorted(self._origins.values(), key=lambda origin: origin.file)

    def count(self, folder: str) -> int:
        """How many files a folder such as train/good has."""
        return sum(Path(origin.file).parent == Path(folder) for origin in self._origins.values())

    def keep(self, part: InspectedPart, image: bytes) -> None:
        """Write a part's image where it belongs, and note it."""
        file = f"{part.folder()}/{str(part.source).replace('/', '-')}{suffix(image)}"
        self._note(part, file, hashlib.sha256(image).hexdigest())  # first: a file that is not noted would stay for ever
        path = self.root / file
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_name(f".{path.name}.new")
        fresh.write_bytes(image)
        fresh.replace(path)

    def reconcile(self, belongs: Callable[[Source], InspectedPart | None]) -> Iterator[InspectedPart]:
        """Keep what is there whole and still belongs where it is, and give those parts; remove all else.

        Only files that provenance.jsonl names are looked at. People may have said more of a part since it was written.
        """
        for source, origin in list(self._origins.items()):
            part, path = belongs(source), self.root / origin.file
            if part is not None and part.folder() == origin.file.rpartition("/")[0] and _digest(path) == origin.sha256:
                self._note(part, origin.file, origin.sha256)
                yield part
            else:
                path.unlink(missing_ok=True)
                del self._origins[source]

    def finish(self) -> None:
        """Write provenance.jsonl anew: one line for each file that is there, in order of names."""
        fresh = self.root / f".{PROVENANCE}.new"
        fresh.write_text("".join(f"{origin.model_dump_json()}\n" for origin in self.origins()))
        fresh.replace(self.root / PROVENANCE)

    def path(self, part: InspectedPart) -> Path:
        """The file of a part that is there."""
        return self.root / self._origins[part.source].file

    def _note(self, part: InspectedPart, file: str, digest: str) -> None:
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


def read_origins(root: Path) -> list[Origin]:
    """What provenance.jsonl of a folder says; nothing if there is none."""
    notes = root / PROVENANCE
    return list(_read(notes.read_text().splitlines())) if notes.is_file() else []


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
