"""Frozen feature extractors and their weights."""
