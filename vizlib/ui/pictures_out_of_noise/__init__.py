"""The page that trains a generator and a discriminator against each other, and shows how that succeeds and fails."""
