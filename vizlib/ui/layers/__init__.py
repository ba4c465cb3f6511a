"""The page that shows a layer's channels for the chosen picture."""
