"""Domain adaptation (Ganin and Lempitsky 2015): one network for two domains, by a gradient whose sign is reversed."""
