"""Fault runs: a line under load is killed, frozen, cut off and starved, and every image still gets one outcome."""
