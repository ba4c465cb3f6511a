"""Damaged and malicious files, links and checkpoints; `python -m benchmarks.hostile` runs them."""
