"""Verdicts sent to a webhook: signed, retried, at least once, in the order of their partition."""
