"""The page about the installation."""
