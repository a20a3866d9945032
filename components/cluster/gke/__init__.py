"""Clusters on GKE."""
