"""Stack files, `Pulumi.<stack>.yaml`, as Pulumi's engine reads them: the only code here that reads or writes one.

Whatever the engine and Python's YAML library understand differently is read as the engine does, or refused in one
sentence with the line. Imports nothing of ours but `errors`, so that the review can read the files of any revision with
it.
"""

from stack_file.nodes import LARGEST
from stack_file.reading import PROJECT, SECRETS, Entry, StackFile, engine_text, parse, read
from stack_file.writing import dump

__all__ = [
    "LARGEST",
    "PROJECT",
    "SECRETS",
    "Entry",
    "StackFile",
    "dump",
    "engine_text",
    "parse",
    "read",
]
