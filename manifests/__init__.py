"""What a manifest means, as Kubernetes, Argo CD and the network read it.

Policies and reviews share it, so that they can't read a manifest in different ways.
"""
