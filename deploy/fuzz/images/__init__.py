"""Damaged and forged images: real files, cut, spliced and edited by someone who knows their structure."""
