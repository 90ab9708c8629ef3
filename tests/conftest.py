"""Fixtures for all tests."""

pytest_plugins = ["tests.support.broker", "tests.support.browser", "tests.support.fitted", "tests.support.service"]
