"""The former name of `review`, for one release: workflows of branches that are still open call it."""
