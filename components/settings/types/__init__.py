"""Checked texts: names, quantities, durations, and how much of each thing there is allowed to be."""
