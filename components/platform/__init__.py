"""What a cluster gets once, whichever environments are in it."""
