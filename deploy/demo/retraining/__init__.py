"""The story of `make demo LOOP=1`: the lamp ages, people review, Linewatch retrains."""
