"""Whether results are right: recognized classes, presets, places of saliency maps, thin ice."""
