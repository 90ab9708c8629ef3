"""Graphs of other projects, timed in turn with ours."""
