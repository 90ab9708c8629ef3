"""Latent vectors of images: tables, decoder, neighbours."""
