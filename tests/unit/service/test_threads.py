"""A thread that lives as long as a context."""

import threading

import pytest

from service.threads import Begun, Stopped, running, until_stopped


def test_it_runs_until_the_context_ends_and_is_waited_for() -> None:
    stop, ended = threading.Event(), threading.Event()

    def wait(until: threading.Event) -> None:
        until.wait()
        ended.set()

    with running(wait, stop, "worker") as thread:
        assert (thread.name, thread.daemon, thread.is_alive()) == ("worker", True, True)
        assert not stop.is_set()
    assert (stop.is_set(), ended.is_set(), thread.is_alive()) == (True, True, False)


def test_an_error_in_the_context_stops_it_too() -> None:
    stop = threading.Event()

    def wait(until: threading.Event) -> None:
        until.wait()

    with pytest.raises(ZeroDivisionError), running(wait, stop, "worker"):
        raise ZeroDivisionError
    assert stop.is_set()


def test_the_end_of_the_context_waits_no_longer_than_it_may() -> None:
    released = threading.Event()

    def ignore(_stop: threading.Event) -> None:
        released.wait()

    with running(ignore, threading.Event(), "deaf", join_seconds=0.0) as thread:
        pass
    assert thread.is_alive()
    released.set()
    thread.join()


def test_a_call_that_was_begun_is_not_made_again() -> None:
    called, may_end = list[int](), threading.Event()

    def call() -> int:
        may_end.wait()
        called.append(7)
        return 7

    begun = Begun(call, "call")
    assert begun.is_under_way()
    may_end.set()
    assert (begun.result(), begun.result(), called) == (7, 7, [7])
    assert not begun.is_under_way()


def test_a_call_that_failed_before_its_outcome_was_needed_is_made_again() -> None:
    errors = [ZeroDivisionError()]

    def call() -> int:
        if errors:
            raise errors.pop()
        return 7

    begun = Begun(call, "to be mended")
    for thread in threading.enumerate():
        if thread.name == "to be mended":
            thread.join()
    assert begun.result() == 7


def test_a_call_gives_its_result_or_its_error() -> None:
    stop = threading.Event()
    assert until_stopped(lambda: 7, stop, "call") == 7
    for error in (ZeroDivisionError, TimeoutError):

        def fail(error: type[Exception] = error) -> None:
            raise error

        with pytest.raises(error):
            until_stopped(fail, stop, "call")


def test_a_call_is_not_waited_for_after_a_stop() -> None:
    stop, end = threading.Event(), threading.Event()

    def wait() -> None:
        stop.set()
        end.wait()

    with pytest.raises(Stopped):
        until_stopped(wait, stop, "call")
    end.set()
