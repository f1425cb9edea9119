"""The parts of the latent studio."""
