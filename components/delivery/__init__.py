"""Delivery: what Argo CD applies, from where, when, and who is allowed to sync."""
