"""Verdicts as they come: printed, or sent to a webhook."""
