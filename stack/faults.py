"""Why the stack cannot come up or stay up, as one line for the person at the terminal."""


class StackFault(Exception):
    """A part of the stack failed; the message names the part and its log."""

    exit_code = 1


class CannotStart(StackFault):
    """Something must be changed first; the message says what. Nothing was started."""

    exit_code = 2
