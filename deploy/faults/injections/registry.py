"""The function of each kind of fault that a schedule may name."""

from collections.abc import Callable, Mapping
from functools import partial
from types import MappingProxyType

from deploy.faults.injections import brokers, replicas, surroundings
from deploy.faults.line import Line
from deploy.faults.schedule import POINTS, Fault

Injection = Callable[[Line, Fault], int]
"""Has a fault happen to a line, returns when it is over; gives how many processes were killed with SIGKILL."""

INJECTIONS: Mapping[str, Injection] = MappingProxyType(
    {
        **{f"kill at {point}": partial(replicas.kill_at, point) for point in POINTS},
        "kill at random": replicas.kill_at_random,
        "kill all replicas": replicas.kill_all,
        "stop at a step": replicas.stop_at_a_step,
        "commit answered too late": replicas.lose_a_commit,
        "client fails at a step": replicas.fail_at_a_step,
        "freeze past the session": replicas.freeze,
        "stall past the poll limit": replicas.stall_past_poll_limit,
        "stall past the transaction": replicas.stall_past_transaction,
        "replica added": replicas.add,
        "replica removed": replicas.remove,
        "broker restarted": brokers.restart,
        "broker killed": brokers.kill,
        "partition leader killed": brokers.kill_partition_leader,
        "transaction coordinator killed": brokers.kill_transaction_coordinator,
        "group coordinator killed": brokers.kill_group_coordinator,
        "two brokers killed": brokers.kill_two,
        "network cut": brokers.cut_network,
        "network silent": brokers.silence_network,
        "network slow": brokers.slow_network,
        "store vanished": surroundings.store_vanishes,
        "store read-only": surroundings.store_is_read_only,
        "store full": surroundings.store_is_full,
        "log disk full": surroundings.log_disk_is_full,
        "scraper hangs": surroundings.scraper_hangs,
    }
)
