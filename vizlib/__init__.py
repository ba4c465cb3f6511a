"""The engine of Filterscope: what a convolutional network has learnt, and how it is fooled."""
