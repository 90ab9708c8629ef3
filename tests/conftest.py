"""Fixtures for all tests."""

pytest_plugins = ["tests.support.broker", "tests.support.fitted", "tests.support.service"]
