"""The kinds of results that a plan may list, one file each."""
