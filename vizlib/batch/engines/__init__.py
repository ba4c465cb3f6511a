"""The engines that carry tasks to workers, one file each."""
