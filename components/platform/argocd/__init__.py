"""Argo CD, from its own release, configured by transforms of the release's manifests."""
