"""From a split to a trained, exported and verified graph: the only package that fits networks."""
