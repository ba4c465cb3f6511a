"""Maps from the gradient of the score to the pixels."""
