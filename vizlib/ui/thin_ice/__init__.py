"""The page that tests how stable an answer is: an original and its fooling image are disturbed alike."""
