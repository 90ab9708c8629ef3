"""Faults of the service's processes: killed, stopped, frozen, stalled, added and removed."""

import random
import signal
import time
from collections.abc import Sequence

from deploy.faults.driver import POLL_SECONDS, SESSION_SECONDS
from deploy.faults.failpoints import AFTER_AN_ABORT, Action, Rule
from deploy.faults.line import Line
from deploy.faults.schedule import Fault

REACH_SECONDS = 45.0
"""Within this a replica that works reaches any step."""
TRANSACTION_SECONDS = 20.0
"""After this the brokers end a transaction."""
STEPS = ("poll", "score", "begin", "send", "flush", "offsets-before", "offsets", "commit-before", "commit")
FAILING = ("begin", "flush", "offsets-before", "offsets", "commit-before")


def kill_at(point: str, line: Line, fault: Fault) -> int:
    """SIGKILL at a failpoint; for those after an abort, a batch is made to fail first."""
    rules = [Rule(Action.KILL, point, fault.call)]
    if point in AFTER_AN_ABORT:
        rules.insert(0, Rule(Action.FAIL, "flush", 1 + fault.call))
    _happen(line, fault, rules)
    return 1


def kill_at_random(line: Line, fault: Fault) -> int:
    """SIGKILL at no particular moment."""
    time.sleep(fault.seconds / 3)
    line.fleet[fault.replica].send(signal.SIGKILL)
    return 1


def kill_all(line: Line, fault: Fault) -> int:
    """SIGKILL to every replica within a moment."""
    del fault
    for replica in line.fleet.replicas:
        replica.send(signal.SIGKILL)
    return len(line.fleet.replicas)


def stop_at_a_step(line: Line, fault: Fault) -> int:
    """SIGTERM at some step: the batch is finished, the group left."""
    _happen(line, fault, [Rule(Action.STOP, _chosen(STEPS, fault), fault.call)])
    return 0


def lose_a_commit(line: Line, fault: Fault) -> int:
    """The transaction is committed, but the client hears nothing of it."""
    _happen(line, fault, [Rule(Action.FAIL, "commit", fault.call)])
    return 0


def fail_at_a_step(line: Line, fault: Fault) -> int:
    """The client raises an error within the transaction."""
    _happen(line, fault, [Rule(Action.FAIL, _chosen(FAILING, fault), fault.call)])
    return 0


def freeze(line: Line, fault: Fault) -> int:
    """SIGSTOP at some step until the group has given the replica up: then it is a zombie, and has to be fenced."""
    replica = line.fleet[fault.replica]
    _happen(line, fault, [Rule(Action.FREEZE, _chosen(STEPS, fault), fault.call)])
    try:
        time.sleep(SESSION_SECONDS + fault.seconds)
    finally:
        replica.send(signal.SIGCONT)
    return 0


def stall_past_poll_limit(line: Line, fault: Fault) -> int:
    """The main loop stands still while heartbeats go on, until the client leaves the group by itself."""
    return _stall(line, fault, "score", POLL_SECONDS + fault.seconds)


def stall_past_transaction(line: Line, fault: Fault) -> int:
    """A commit is held back until the brokers have ended its transaction, and then goes on."""
    return _stall(line, fault, "commit-before", TRANSACTION_SECONDS + fault.seconds)


def add(line: Line, fault: Fault) -> int:
    """A third replica for a while, and gone again at the end, so that the group rebalances twice."""
    line.add_replica("c")
    time.sleep(4 + fault.seconds)
    line.fleet.remove("c")
    return 0


def remove(line: Line, fault: Fault) -> int:
    """One replica less for a while."""
    line.fleet.remove(fault.replica)
    time.sleep(fault.seconds)
    line.add_replica(fault.replica)
    return 0


def _stall(line: Line, fault: Fault, point: str, seconds: float) -> int:
    _happen(line, fault, [Rule(Action.STALL, point, fault.call, seconds)])
    time.sleep(seconds)
    return 0


def _happen(line: Line, fault: Fault, rules: Sequence[Rule]) -> None:
    replica = line.fleet[fault.replica]
    replica.wait_for_fired(replica.arm(rules), REACH_SECONDS)


def _chosen(points: Sequence[str], fault: Fault) -> str:
    return random.Random(fault.seconds).choice(points)  # noqa: S311 - replayable, not secret
