"""The page that examines saliency maps."""
