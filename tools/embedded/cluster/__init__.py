"""The embedded control plane: a real Kubernetes API on loopback, with simulated nodes, for one checkout."""
