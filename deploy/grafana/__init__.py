"""The Grafana dashboard, generated, and what provisions it."""
