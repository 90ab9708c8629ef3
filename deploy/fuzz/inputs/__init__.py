"""Hostile input other than images: records, batches, bundles, settings, messages and HTTP requests."""
