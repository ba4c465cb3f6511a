"""Maps from the scores of changed copies of the picture."""
