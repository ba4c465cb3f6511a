"""The page that shows which pixels matter."""
