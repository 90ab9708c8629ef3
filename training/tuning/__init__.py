"""Search over options, elbow of the latent size."""
