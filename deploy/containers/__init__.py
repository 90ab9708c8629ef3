"""Builds both container images and runs them for real."""
