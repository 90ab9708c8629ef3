"""Kafka as the record of what was inspected: what stands on the topics, and how it is read back."""
