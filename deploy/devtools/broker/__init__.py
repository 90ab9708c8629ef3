"""A single-node Apache Kafka for demos and tests: downloaded once, without Docker; it ends with its owner."""
