"""The command `linewatch`: one file for each of its commands."""
