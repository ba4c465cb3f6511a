"""The page that asks what a network's features are worth for other pictures: a linear classifier is fitted on them."""
