"""Scoring image files with an exported bundle, and measuring it."""
