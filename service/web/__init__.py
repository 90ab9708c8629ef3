"""HTTP server, probes, /metrics and the status page."""
