"""Memory that two processes share."""

import os

import pytest

from service.scoring.workers.shared import SHARED_BYTES, Shared, mapped


def test_what_one_side_writes_the_other_sees() -> None:
    shared = Shared()
    assert shared.view is not None
    (descriptor,) = shared.descriptors
    theirs = mapped(descriptor)
    shared.close_descriptors()
    shared.view[7:10] = b"abc"
    assert (bytes(theirs[7:10]), len(theirs)) == (b"abc", SHARED_BYTES)


def test_neither_side_can_change_its_size() -> None:
    shared = Shared()
    for size in (0, 2 * SHARED_BYTES):
        with pytest.raises(PermissionError):
            os.ftruncate(shared.descriptors[0], size)
    shared.close_descriptors()


def test_where_there_is_no_such_memory_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> int:
        raise PermissionError

    monkeypatch.setattr(os, "memfd_create", refuse)
    shared = Shared()
    assert (shared.view, shared.descriptors) == (None, [])
