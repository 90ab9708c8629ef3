"""How fast Linewatch is: the graph, the bare loop of decode and score, and the service as users run it."""
