"""The page that optimizes a picture of a class, and the regularizer lab on it."""
