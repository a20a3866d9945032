"""What a manifest means, as Kubernetes, Argo CD and the network read it.

Policies and reviews both use it, so that they can't read one manifest in two ways.
"""
