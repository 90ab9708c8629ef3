"""The jobs, step by step: fit, promote, retrain, recalibrate."""
