"""Decoders to compare with: independent of the service's, strict by the standards, and honest about damage."""
