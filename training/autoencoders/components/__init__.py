"""What several autoencoders are built from: layers, losses, pixel base, residual mixture, map weights."""
