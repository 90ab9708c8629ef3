"""Images on disk: finding, checking, near-duplicates, split, preprocessing, synthetic defects."""
