"""Pictures out of noise: a generative adversarial network, what it is measured by, and how it fails."""
