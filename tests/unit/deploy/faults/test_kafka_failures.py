"""A failure of Kafka itself is told by what its broker logged since a fault began."""

from pathlib import Path
from typing import cast

from deploy.devtools.broker.cluster import Cluster, Node
from deploy.devtools.broker.install import KafkaInstallation
from deploy.devtools.broker.local import LocalKafka
from deploy.devtools.proxy import Proxy
from deploy.faults.kafka_failures import SIGN, BrokerLogs


def test_only_brokers_that_failed_since_are_named(tmp_path: Path) -> None:
    nodes = []
    for name in ("old", "well", "failed"):
        broker = LocalKafka(cast("KafkaInstallation", None), tmp_path / name, 1)
        broker.log_file.parent.mkdir()
        broker.log_file.write_bytes(SIGN if name == "old" else b"started")
        nodes.append(Node(broker, cast("Proxy", None)))
    logs = BrokerLogs(Cluster(tuple(nodes)))
    with nodes[2].broker.log_file.open("ab") as log:
        log.write(b"java.lang.RuntimeException: " + SIGN + b" 0")
    assert logs.failed() == [nodes[2]]
