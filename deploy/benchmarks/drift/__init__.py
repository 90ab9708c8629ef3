"""Which alarm a change on the line raises, and after how many parts: simulated from real scores."""
