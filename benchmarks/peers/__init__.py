"""Speed and results beside other libraries and beside earlier versions."""
