"""What a revision's program requests, found out in a process of its own without a cluster."""
