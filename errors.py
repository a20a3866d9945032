"""The one exception whose message is for the person who typed the command."""


class UserError(Exception):
    """Something that a person can mend.

    Args:
        sentences: Every fault, each as one sentence that says what to type; details may follow on further lines.
    """

    def __init__(self, *sentences: str) -> None:
        super().__init__(*sentences)
        self.sentences = sentences

    def __str__(self) -> str:
        return "\n".join(self.sentences)
