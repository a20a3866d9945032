"""What a revision's program asks for, found out in a process of its own without a cluster."""
