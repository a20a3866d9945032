"""Add-ons: what an environment needs that a cluster does not bring, each from its project's own chart."""
