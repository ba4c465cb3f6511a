"""The page "My lecture", and what every page has for it: taking a result, and filling a scene again."""
