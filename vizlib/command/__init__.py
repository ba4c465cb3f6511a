"""The doors without a browser: the command line, and a server for agents.

`main.py` has the table of words, each of which is a module with `main(words) -> int`, loaded when it is called.
"""
