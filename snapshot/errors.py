"""What goes wrong and can be mended by the person who reads it."""


class OpsError(Exception):
    """Something that a person can mend; each line of the message is a sentence, and says what to type."""


MISSHAPEN = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)
"""What reading a manifest raises that does not have the shape that Kubernetes wants: a revision may ask for any."""
