"""Clusters on AKS."""
