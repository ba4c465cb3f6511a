"""The page that asks the network about any file."""
