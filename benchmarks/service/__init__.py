"""The dashboard as a service: many visitors, faults of the network, hours of use."""
