"""The page about a layer's filters: the atlas, one unit's card, and real pictures."""
