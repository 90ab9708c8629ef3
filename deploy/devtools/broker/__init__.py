"""A single-node Apache Kafka for demos and tests: fetched once, no Docker, gone when its owner is gone."""
