"""What stands in for a cluster, for Argo CD and for the clouds on a machine that has none."""
