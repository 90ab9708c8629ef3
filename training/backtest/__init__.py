"""The same images through champion and challenger, before the challenger may decide."""
