"""The journal of what was sent: a small SQLite file, written before and after each transaction, so that no kill hurts.

A file is entered as begun before it is sent, with a number that is never used again; the transaction that sends it
commits the next number with it, as an offset of a group of this journal. So after a kill the brokers say which of the
begun files they have.
"""

import sqlite3
import time
import uuid
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

from service.errors import Failure
from service.scoring.printable import printable
from service.send.files import FoundFile, State

_SCHEMA = """
CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS files (
    identity BLOB PRIMARY KEY, number INTEGER NOT NULL, progress TEXT NOT NULL, at REAL NOT NULL, digest BLOB NOT NULL,
    size TEXT NOT NULL, modified_ns TEXT NOT NULL, changed_ns TEXT NOT NULL, inode TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS begun ON files (number) WHERE progress = 'begun';
"""
_VERSION = "1"
_COLUMNS = "number, progress, at, digest, size, modified_ns, changed_ns, inode"

REMEMBERED_SECONDS = 7 * 86_400.0
"""How long a file that is gone is remembered since it was sent: longer than a share is away."""


class JournalError(Failure):
    """The journal cannot be used; the message is one sentence."""


class Progress(StrEnum):
    """How far a file is."""

    BEGUN = "begun"
    SENT = "sent"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class Entry:
    """What the journal has of a file."""

    number: int
    progress: Progress
    at: float
    """Unix time of the entry."""
    digest: bytes
    state: State


class Begun(NamedTuple):
    """A file that is about to be sent, with the SHA-256 of its bytes."""

    file: FoundFile
    digest: bytes


class Journal:
    """One journal, of one stream on one topic; belongs to one thread, and to one process at a time."""

    def __init__(self, path: Path, topic: str, stream: str) -> None:
        """Open it, or begin one.

        Raises:
            JournalError: if it cannot be written, is none, is of another topic or stream, or is in use.
        """
        self._path = path
        with self._told():
            # Without the locks of the file system, which shares have or have not: the process keeps it to itself.
            self._database = sqlite3.connect(path, timeout=1.0, isolation_level=None)
        try:
            with self._told():
                self._database.execute("PRAGMA locking_mode = EXCLUSIVE")
                self._database.execute("PRAGMA journal_mode = TRUNCATE")
                self._database.execute("PRAGMA synchronous = FULL")
                self._database.execute("BEGIN EXCLUSIVE")
                for statement in _SCHEMA.split(";"):
                    self._database.execute(statement)
                self._database.execute("COMMIT")
                self._expect("version", _VERSION, "another version of linewatch wrote it")
                self._expect("topic", topic, "it is of another topic")
                self._expect("stream", stream, "it is of another stream")
                self.id = self._fact("id") or self._note("id", uuid.uuid4().hex[:16])
        except BaseException:
            self._database.close()
            raise

    def close(self) -> None:
        """Let others use it."""
        self._database.close()

    def bind(self, cluster: str) -> None:
        """Note the id of the cluster that files are sent to, or compare it.

        Raises:
            JournalError: if they were sent to another one.
        """
        with self._told():
            self._expect("cluster", cluster, "its files were sent to another Kafka cluster")

    @property
    def next_number(self) -> int:
        """The first number that no file has had."""
        with self._told():
            return int(self._fact("next_number") or 0)

    @property
    def is_registered(self) -> bool:
        """Whether the brokers were told of this journal, so that they know its next number but for lost offsets."""
        with self._told():
            return self._fact("registered") is not None

    def register(self) -> None:
        """Note that the brokers were told of this journal."""
        with self._told():
            self._note("registered", "yes")

    def entry(self, file: FoundFile) -> Entry | None:
        """What is known of a file."""
        with self._told():
            row = self._database.execute(
                f"SELECT {_COLUMNS} FROM files WHERE identity = ?",  # noqa: S608 - our own names
                (file.identity,),
            ).fetchone()
        return None if row is None else _entry(row)

    def begun(self) -> dict[int, float]:
        """Number -> Unix time of each file of which it is not known whether it was sent."""
        with self._told():
            return dict(self._database.execute("SELECT number, at FROM files WHERE progress = 'begun'").fetchall())

    def begin(self, files: Sequence[Begun]) -> int:
        """Enter files before they are sent; gives the number of the first, the others have the next ones."""
        with self._told(), self._transaction():
            first = int(self._fact("next_number") or 0)
            for number, begun in enumerate(files, first):
                self._enter(begun, number, Progress.BEGUN)
            self._note("next_number", str(first + len(files)))
        return first

    def settle(self, delivered: Iterable[int]) -> None:
        """Enter which of the begun files were sent; the others were not, and are as unknown."""
        with self._told(), self._transaction():
            self._database.executemany(
                "UPDATE files SET progress = 'sent' WHERE number = ? AND progress = 'begun'",
                [(number,) for number in delivered],
            )
            self._database.execute("DELETE FROM files WHERE progress = 'begun'")

    def reject(self, begun: Begun) -> None:
        """Enter a file that is not sent, as it cannot be an image."""
        with self._told(), self._transaction():
            self._enter(begun, -1, Progress.REJECTED)

    def refresh(self, file: FoundFile) -> None:
        """Enter that a file looks otherwise now, with the same bytes."""
        with self._told(), self._transaction():
            self._database.execute(
                "UPDATE files SET size = ?, modified_ns = ?, changed_ns = ?, inode = ? WHERE identity = ?",
                (*_columns(file.state), file.identity),
            )

    def forget(self, file: FoundFile) -> None:
        """Remove a file that is no longer there."""
        with self._told(), self._transaction():
            self._database.execute("DELETE FROM files WHERE identity = ?", (file.identity,))

    def forget_others(self, below: bytes, there: Iterable[bytes], now: float | None = None) -> None:
        """Remove files sent long ago whose identities begin with `below`, and which are not among those there."""
        before = (time.time() if now is None else now) - REMEMBERED_SECONDS
        with self._told(), self._transaction():
            self._database.execute("CREATE TEMP TABLE there (identity BLOB PRIMARY KEY) WITHOUT ROWID")
            self._database.executemany("INSERT OR IGNORE INTO there VALUES (?)", ((each,) for each in there))
            self._database.execute(
                "DELETE FROM files WHERE progress != 'begun' AND at < ? AND substr(identity, 1, ?) = ? "
                "AND identity NOT IN (SELECT identity FROM there)",
                (before, len(below), below),
            )
            self._database.execute("DROP TABLE there")

    def _enter(self, begun: Begun, number: int, progress: Progress) -> None:
        self._database.execute(
            "INSERT OR REPLACE INTO files VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                *(begun.file.identity, number, str(progress), time.time(), begun.digest),
                *_columns(begun.file.state),
            ),
        )

    def _expect(self, name: str, value: str, otherwise: str) -> None:
        found = self._fact(name)
        if found is None:
            self._note(name, value)
        elif found != value:
            raise JournalError(
                f"expected a journal of {name} {value} at {printable(self._path)}, found one of {found}: {otherwise}; "
                "give another --journal"
            )

    def _fact(self, name: str) -> str | None:
        row = self._database.execute("SELECT value FROM facts WHERE name = ?", (name,)).fetchone()
        return None if row is None else str(row[0])

    def _note(self, name: str, value: str) -> str:
        self._database.execute("INSERT OR REPLACE INTO facts VALUES (?, ?)", (name, value))
        return value

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._database.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._database.execute("COMMIT")
        except BaseException:
            if self._database.in_transaction:
                self._database.execute("ROLLBACK")
            raise

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Turns errors of SQLite into sentences."""
        try:
            yield
        except sqlite3.Error as error:
            raise JournalError(_sentence(error, self._path)) from error


def _sentence(error: sqlite3.Error, path: Path) -> str:
    where = printable(path)
    if "locked" in str(error):
        return (
            f"expected to be alone with the journal {where}, found another linewatch send that uses it; end one of them"
        )
    if "not a database" in str(error) or "malformed" in str(error):
        return (
            f"expected a journal of linewatch send at {where}, found: {error}; give another --journal (what was sent "
            "is then sent again)"
        )
    return (
        f"expected to write the journal {where}, found: {error}; make room there, or give --journal FILE in a folder "
        "that can be written"
    )


def _columns(state: State) -> tuple[str, ...]:
    return tuple(map(str, state))  # as text: some file systems have numbers of more than 63 bits


def _entry(row: tuple[int, str, float, bytes, str, str, str, str]) -> Entry:
    number, progress, at, digest, *state = row
    return Entry(number, Progress(progress), at, bytes(digest), State(*map(int, state)))
