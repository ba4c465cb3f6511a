"""The page that trains a network further, in several ways side by side."""
