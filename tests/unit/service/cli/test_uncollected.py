"""Imports without garbage collection."""

import gc

import pytest

from service.cli.uncollected import uncollected


def test_nothing_is_collected_within_it_and_again_after_it() -> None:
    collects = list[bool]()

    def fail() -> None:
        collects.append(gc.isenabled())
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError), uncollected():
        fail()
    assert (collects, gc.isenabled()) == ([False], True)


def test_where_nothing_was_collected_before_nothing_is_after_it() -> None:
    gc.disable()
    try:
        with uncollected():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()
