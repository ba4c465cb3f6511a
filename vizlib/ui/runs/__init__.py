"""The page "Runs": what this visitor keeps going, and how the next server goes on with it."""
