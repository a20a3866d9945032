"""What a revision's program requests, found by running it in a process of its own, without a cluster."""
