"""Domain adaptation by adversarial training (Ganin and Lempitsky 2015): two domains, one network, a reversed gradient."""
