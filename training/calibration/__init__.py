"""From scores to thresholds and drift limits."""
