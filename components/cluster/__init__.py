"""Clusters: each kind gives the same ClusterConnection."""
