"""Escape and false-alarm rates from verdicts and reviews, with exact intervals."""
