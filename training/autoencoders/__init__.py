"""The contract, the scoring graph, one file for each autoencoder, and the registry."""
