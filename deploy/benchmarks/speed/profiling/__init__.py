"""Where a core's time goes: in the service under load, and inside the graph."""
