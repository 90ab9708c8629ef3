"""Builds both container images, runs them and checks them."""
