"""The main loop: consume, decode, score, publish in one transaction, count."""
