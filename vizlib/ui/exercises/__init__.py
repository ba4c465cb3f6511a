"""The page Exercises of known courses: cards that link settings, and ours beside the published figures."""
