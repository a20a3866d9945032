"""What people run to judge a change: what it does to every environment, how risky it is, and what exists there."""
