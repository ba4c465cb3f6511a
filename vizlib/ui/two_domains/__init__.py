"""The page on which a network learns in one domain and is used in another."""
