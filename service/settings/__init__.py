"""The settings of the service, in groups: each command reads, and checks, those that it uses."""
