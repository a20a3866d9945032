"""The clusters of the clouds, as a stack file describes them: the same shape, each cloud's own meaning."""
