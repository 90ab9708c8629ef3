"""Numbered images sent to a line, and the proof that each got exactly one outcome."""
