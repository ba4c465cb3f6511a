"""The page that compares a network before and after a training."""
