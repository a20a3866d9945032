"""Clusters on EKS."""
