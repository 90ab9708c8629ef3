"""Offline training: fits autoencoders on normal images and writes bundles. Runs on TensorFlow."""
