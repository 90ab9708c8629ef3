"""Faults of brokers and of the network between them and the service."""

import time
from concurrent.futures import ThreadPoolExecutor

from deploy.devtools.broker.cluster import Node
from deploy.faults.line import GROUP, Line
from deploy.faults.schedule import Fault
from service.settings.every import Settings

IMAGES = Settings.model_fields["images_topic"].default
SLOW_SECONDS = 0.15
"""Each piece of data is held back for so long; a transaction has a dozen round trips."""


def restart(line: Line, fault: Fault) -> int:
    """A broker ends in order and comes back."""
    broker = _some(line, fault).broker
    broker.stop()
    broker.start()
    return 0


def kill(line: Line, fault: Fault) -> int:
    """SIGKILL to a broker, which comes back at once."""
    return _kill(_some(line, fault))


def kill_partition_leader(line: Line, fault: Fault) -> int:
    """SIGKILL to the leader of a partition of images; it stays away for a while."""
    return _kill(line.cluster.leader(IMAGES, fault.call % 4), fault.seconds)


def kill_transaction_coordinator(line: Line, fault: Fault) -> int:
    """SIGKILL to the broker that coordinates a replica's transactions."""
    return _kill(line.cluster.transaction_coordinator(line.transactional_id), fault.seconds)


def kill_group_coordinator(line: Line, fault: Fault) -> int:
    """SIGKILL to the broker that coordinates the consumer group."""
    return _kill(line.cluster.group_coordinator(GROUP), fault.seconds)


def kill_two(line: Line, fault: Fault) -> int:
    """SIGKILL to two of three brokers at once: no majority, no replication, until they are back."""
    two = line.cluster.nodes[:2]
    for node in two:
        node.broker.kill()
    time.sleep(fault.seconds)
    with ThreadPoolExecutor(len(two)) as threads:  # neither answers before both run
        list(threads.map(lambda node: node.broker.start(), two))
    return len(two)


def cut_network(line: Line, fault: Fault) -> int:
    """Connections are closed and refused."""
    node = _some(line, fault)
    node.proxy.cut()
    time.sleep(fault.seconds)
    node.proxy.heal()
    return 0


def silence_network(line: Line, fault: Fault) -> int:
    """Connections stay, and nothing comes through."""
    node = _some(line, fault)
    node.proxy.silence()
    time.sleep(2 * fault.seconds)
    node.proxy.heal()
    return 0


def slow_network(line: Line, fault: Fault) -> int:
    """Everything comes through late."""
    for node in line.cluster.nodes:
        node.proxy.slow(SLOW_SECONDS)
    time.sleep(2 * fault.seconds)
    for node in line.cluster.nodes:
        node.proxy.heal()
    return 0


def _some(line: Line, fault: Fault) -> Node:
    return line.cluster.nodes[fault.call % len(line.cluster.nodes)]


def _kill(node: Node, away_seconds: float = 0.0) -> int:
    node.broker.kill()
    time.sleep(away_seconds)
    node.broker.start()
    return 1
