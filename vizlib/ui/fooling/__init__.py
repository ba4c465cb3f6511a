"""The page that changes a picture until the network is wrong."""
