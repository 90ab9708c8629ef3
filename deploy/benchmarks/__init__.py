"""Measurements, one make target each."""
