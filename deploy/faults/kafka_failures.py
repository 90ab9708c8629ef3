"""A failure of Kafka itself that a fault run can come to; told from one of the line by the broker's own log.

A broker (seen with 4.3) that restarts may fail to load its groups, and repeats a transaction's marker for
`__consumer_offsets` without end. No client gets further before that broker is restarted once more.
"""

from deploy.devtools.broker.cluster import Cluster, Node

SIGN = b"No in-memory snapshot for epoch"


class BrokerLogs:
    """What the brokers of a cluster have logged since this was made."""

    def __init__(self, cluster: Cluster) -> None:
        self._sizes = [(node, node.broker.log_file.stat().st_size) for node in cluster.nodes]

    def failed(self) -> list[Node]:
        """The brokers that failed to load their groups."""
        return [node for node, size in self._sizes if SIGN in node.broker.log_file.read_bytes()[size:]]
