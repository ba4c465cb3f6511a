"""What transfers: probes, fine-tuning, and what a training changed."""
