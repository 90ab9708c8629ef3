"""Decoding in processes that can be killed: no image hangs, crashes or fills the service."""
