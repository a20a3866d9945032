"""Benchmarks: ours against what a user would run instead, as ratios measured in one run."""
