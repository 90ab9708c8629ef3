"""What the line made: read back, sampled, written as a folder with its provenance."""
