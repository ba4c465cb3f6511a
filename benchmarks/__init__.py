"""Side by side with public peers: each module is one command, and writes its section of RESULTS.md."""
