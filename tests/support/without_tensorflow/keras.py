"""First on the path of every service that tests start: proves that it runs where keras is not installed."""

raise ModuleNotFoundError("No module named 'keras'")
