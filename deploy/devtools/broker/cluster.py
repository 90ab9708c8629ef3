"""Kafka brokers on this machine behind a proxy each: killed, restarted, or cut off from those who come by the proxy."""

import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from kafka import KafkaAdminClient

from deploy.devtools.broker.install import KafkaInstallation
from deploy.devtools.broker.local import LocalKafka
from deploy.devtools.ports import free_port
from deploy.devtools.proxy import Proxy

INTERNAL_PARTITIONS = 4
"""Of the topics in which brokers keep group offsets and transactions, as `properties.py` sets them."""


@dataclass(frozen=True, slots=True)
class Node:
    """One broker, and the proxy in front of its second listener."""

    broker: LocalKafka
    proxy: Proxy


@dataclass(frozen=True, slots=True)
class Cluster:
    """The brokers with ids 1, 2, … in this order."""

    nodes: tuple[Node, ...]

    @property
    def bootstrap_servers(self) -> str:
        """Where clients connect directly."""
        return ",".join(node.broker.bootstrap_servers for node in self.nodes)

    @property
    def proxied_servers(self) -> str:
        """Where clients connect through the proxies; the brokers then name each other by their proxies, too."""
        return ",".join(f"localhost:{node.proxy.port}" for node in self.nodes)

    def leader(self, topic: str, partition: int) -> Node:
        """The broker that leads a partition now.

        Raises:
            KafkaError: if the brokers do not answer.
        """
        with closing(KafkaAdminClient(bootstrap_servers=self.bootstrap_servers.split(","))) as admin:
            (described,) = admin.describe_topics([topic])
        leaders = {each["partition_index"]: each["leader_id"] for each in described["partitions"]}
        node: Node = self.nodes[leaders[partition] - 1]
        return node

    def transaction_coordinator(self, transactional_id: str) -> Node:
        """The broker that coordinates the transactions of a transactional id."""
        return self.leader("__transaction_state", _internal_partition(transactional_id))

    def group_coordinator(self, group: str) -> Node:
        """The broker that coordinates a consumer group."""
        return self.leader("__consumer_offsets", _internal_partition(group))


@contextmanager
def running_cluster(installation: KafkaInstallation, folder: Path, size: int) -> Iterator[Cluster]:
    """Brokers that each hold a replica of everything, for as long as the context lasts; acks=all waits for all but one.

    Raises:
        BrokerError: if one does not start.
    """
    ports = [(free_port(), free_port(), free_port()) for _ in range(size)]
    voters = ",".join(f"{number}@localhost:{control}" for number, (_, _, control) in enumerate(ports, 1))
    cluster_id = str(uuid.uuid4())
    with ExitStack() as stack:
        nodes = []
        for number, (direct, proxied, control) in enumerate(ports, 1):
            proxy = stack.enter_context(Proxy(proxied))
            settings = _settings(number, size, voters) | _listeners(direct, proxied, control, proxy.port)
            broker = LocalKafka(installation, folder / f"kafka-{number}", direct, cluster_id=cluster_id, **settings)
            stack.callback(broker.stop)
            nodes.append(Node(broker, proxy))
        with ThreadPoolExecutor(size) as threads:  # none answers before most of them run
            list(threads.map(lambda node: node.broker.start(), nodes))
        yield Cluster(tuple(nodes))


def _settings(number: int, size: int, voters: str) -> dict[str, object]:
    most = max(1, size - 1)
    return {
        "node_id": number,
        "controlled_shutdown_enable": str(size > 1).lower(),
        "controller_quorum_voters": voters,
        "default_replication_factor": size,
        "min_insync_replicas": most,
        "offsets_topic_replication_factor": size,
        "transaction_state_log_replication_factor": size,
        "transaction_state_log_min_isr": most,
        # Long enough for several brokers on few cores, or they would depose each other while they start.
        "controller_quorum_election_timeout_ms": 2000,
        "controller_quorum_fetch_timeout_ms": 5000,
        "broker_session_timeout_ms": 6000,
        "replica_lag_time_max_ms": 5000,
    }


def _listeners(direct: int, proxied: int, control: int, proxy: int) -> dict[str, object]:
    return {
        "listeners": f"BROKER://localhost:{direct},PROXIED://localhost:{proxied},CONTROLLER://localhost:{control}",
        "advertised_listeners": f"BROKER://localhost:{direct},PROXIED://localhost:{proxy}",
        "listener_security_protocol_map": "BROKER:PLAINTEXT,PROXIED:PLAINTEXT,CONTROLLER:PLAINTEXT",
    }


def _internal_partition(name: str) -> int:
    """Kafka's choice of an internal topic's partition: Java's hash of the name, without its sign."""
    value = 0
    for character in name:
        value = (31 * value + ord(character)) & 0xFFFFFFFF
    return (value & 0x7FFFFFFF) % INTERNAL_PARTITIONS
