"""Many results at once, made on this machine or on a cluster, and what the store holds of them."""
