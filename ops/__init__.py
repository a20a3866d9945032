"""What people run: what a change does to every environment, and what there is."""
