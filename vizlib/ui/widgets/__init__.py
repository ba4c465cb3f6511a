"""Widgets that run in the browser; each is a .py file with its HTML, CSS and JavaScript beside it."""
