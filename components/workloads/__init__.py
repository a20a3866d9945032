"""What runs in an environment's namespace."""
