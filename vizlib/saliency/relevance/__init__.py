"""Maps of the score itself, handed back layer by layer to the pixels."""
