"""Hostile input: generated encodings, seeded mutations, and what the service must make of each."""
