"""One optimization step on its way through the network: scores, number format, CUDA graphs and copies to the host."""
