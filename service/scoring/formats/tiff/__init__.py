"""TIFF: its tags, what of them is read, and its pixels."""
