"""Linewatch's own commands, run as a user would run them."""
