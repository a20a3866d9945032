"""What reading a manifest raises."""

MISSHAPEN = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)
"""What reading a manifest raises that does not have the shape that Kubernetes wants: a revision may ask for any."""
