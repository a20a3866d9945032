"""Writes the pages in docs/ that are generated."""
