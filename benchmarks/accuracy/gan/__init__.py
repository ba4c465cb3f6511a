"""Whether a GAN learns, whether its presets fail as they are named, and what its generator is worth as a prior."""
