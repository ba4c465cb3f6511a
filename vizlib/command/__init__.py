"""The doors without a browser: the command line, and a server for agents."""
