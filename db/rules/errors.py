"""The one error that is meant for a person."""


class DeskError(ValueError):
    """Something that a person caused and can put right: its text says what is wrong, where, and what to do.

    The text is one line and is shown as it stands, on a page or at the terminal. Any other error is a fault of the
    desk: it is logged with its traceback and shown by a number.
    """
