"""The record of inspections on Kafka and in the archive: messages, clients, and reading it back."""
