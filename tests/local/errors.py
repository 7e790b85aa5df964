"""The one exception of the local stack whose text is meant for the person at the keyboard."""


class LocalStackError(Exception):
    """Something the user can put right: the text is one or two plain sentences, without a traceback."""
