"""The trial of a line: fault after fault, the time to recover after each, and the account of all images at the end."""

import time
from collections.abc import Callable, Collection, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

from kafka.errors import KafkaError

from deploy.devtools.accounting.ledger import Account
from deploy.devtools.errors import DemoError, ToolingError
from deploy.devtools.waiting import wait_until
from deploy.faults.injections.registry import INJECTIONS
from deploy.faults.kafka_failures import BrokerLogs
from deploy.faults.line import Line, running_line
from deploy.faults.schedule import Fault

RECOVERY_SECONDS = 120.0
"""Within this after the end of a fault, every image sent before has its outcome, or the line has failed."""
LOOK_SECONDS = 0.02
READ_SECONDS = 300.0


@dataclass(frozen=True, slots=True)
class Happened:
    """One fault and what came after it; times in seconds from the end of the fault, None if it did not come."""

    fault: Fault
    kills: int
    first_image: int
    """The first number that was sent after the fault began."""
    first_commit: float | None
    caught_up: float | None
    """Until every image sent before had its outcome."""
    failed: str = ""
    """Why the fault itself did not happen, or the line did not recover."""
    kafka_failed: bool = False
    """Kafka itself failed, and the line recovered only after a broker was restarted; the times are from there."""


@dataclass(frozen=True, slots=True)
class Trial:
    """What one line went through."""

    brokers: int
    happened: Sequence[Happened]
    account: Account
    accounts: Sequence[Account]
    """Of the images sent from the beginning of each fault to the beginning of the next."""
    foreign: Sequence[str]
    exits: dict[int, int]
    aborted: int
    lost_membership: int
    tracebacks: int
    failures: Sequence[str] = field(default=())


def run_trial(
    folder: Path, brokers: int, stable: Collection[str], faults: Iterable[Fault], step: Callable[[str], None]
) -> Trial:
    """Start a line, have the faults happen to it one after the other, and count.

    Args:
        folder: for stores, logs and data.
        brokers: how many brokers the line has.
        stable: the replicas with a stable instance name.
        faults: what happens, in this order.
        step: called after each fault with a note on it.

    Raises:
        ToolingError: if the line does not start.
    """
    happened: list[Happened] = []
    with running_line(folder, brokers, stable) as line:
        for fault in faults:
            happened.append(_happen(line, fault))
            step(_note(happened[-1], line.ledger.account()))
            if happened[-1].caught_up is None:
                line.fleet.dump_stacks()
                break
        line.sender.rate = 0.0
        failures = [f"{each.fault}: {each.failed}" for each in happened if each.caught_up is None]
        try:
            _wait_for_all(line, len(line.ledger))
            line.reader.stop()
            line.reader.read_all(READ_SECONDS)
        except ToolingError as error:
            failures.append(str(error))
        firsts = [*(each.first_image for each in happened), len(line.ledger)]
        return Trial(
            brokers=brokers,
            happened=happened,
            account=line.ledger.account(),
            accounts=[line.ledger.account(first, end) for first, end in pairwise(firsts)],
            foreign=line.ledger.foreign,
            exits=dict(line.fleet.exits),
            aborted=line.fleet.events("batch aborted, polling it again"),
            lost_membership=line.fleet.events("partitions lost: this replica was away too long"),
            tracebacks=line.fleet.tracebacks(),
            failures=failures,
        )


def _happen(line: Line, fault: Fault) -> Happened:
    first_image, logs = len(line.ledger), BrokerLogs(line.cluster)
    kills, failed = _inject(line, fault)
    try:
        return Happened(fault, kills, first_image, *_recover(line), failed)
    except DemoError as error:
        failed = f"{failed} {error}".strip()
    broken = logs.failed()
    if not broken:
        return Happened(fault, kills, first_image, None, None, failed)
    for node in broken:
        node.broker.kill()
        node.broker.start()
    try:
        return Happened(fault, kills, first_image, *_recover(line), failed, kafka_failed=True)
    except DemoError as error:
        failed = f"{failed}; {error}, although Kafka itself failed and was restarted"
    return Happened(fault, kills, first_image, None, None, failed, kafka_failed=True)


def _inject(line: Line, fault: Fault) -> tuple[int, str]:
    """How many processes were killed, and why the fault did not happen, "" if it did."""
    try:
        return INJECTIONS[fault.kind](line, fault), ""
    except (ToolingError, KafkaError, OSError) as error:
        with suppress(KeyError):
            line.fleet[fault.replica].disarm()
        return 0, f"{type(error).__name__}: {error}"


def _recover(line: Line) -> tuple[float, float]:
    """Seconds until the first outcome, and until all that was sent so far has one.

    Raises:
        DemoError: if that takes too long.
    """
    over, outcomes, sent = time.monotonic(), line.ledger.outcomes, len(line.ledger)
    wait_until(lambda: line.ledger.outcomes > outcomes, "an outcome", seconds=RECOVERY_SECONDS, pause=LOOK_SECONDS)
    first_commit = time.monotonic() - over
    _wait_for_all(line, sent)
    return first_commit, time.monotonic() - over


def _wait_for_all(line: Line, sent: int) -> None:
    wait_until(
        lambda: line.ledger.waiting(end=sent) == 0,
        f"an outcome of each of the first {sent} images",
        seconds=RECOVERY_SECONDS,
        pause=LOOK_SECONDS,
    )


def _note(happened: Happened, account: Account) -> str:
    caught_up = "DID NOT RECOVER" if happened.caught_up is None else f"caught up in {happened.caught_up:.1f} s"
    wrong = f"DOUBLED {account.doubled}, WRONG {account.wrong} so far" if account.doubled or account.wrong else ""
    kafka = "after Kafka itself failed and was restarted" if happened.kafka_failed else ""
    return "; ".join(part for part in (f"{happened.fault}: {caught_up}", kafka, happened.failed, wrong) if part)
