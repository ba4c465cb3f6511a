"""The page about the zoo: what the store holds of all networks, one unit of it, and two networks side by side."""
