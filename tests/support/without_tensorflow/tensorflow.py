"""First on the path of every service that tests start: proves that it runs where tensorflow is not installed."""

raise ModuleNotFoundError("No module named 'tensorflow'")
