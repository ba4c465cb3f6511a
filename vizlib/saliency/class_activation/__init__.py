"""Maps of a layer, weighted by how much they matter to the score, and enlarged to the picture."""
