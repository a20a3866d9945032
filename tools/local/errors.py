"""What people are told about a stack."""


class StackError(Exception):
    """Something about a stack that a person has to decide; the message says what and what to type."""
