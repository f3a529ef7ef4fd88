"""The one exception that a user is meant to read."""


class UserError(Exception):
    """Something a user can mend.

    Its message is one line that names the file or flag at fault and says
    what to do. Commands print it without a traceback and exit with 1.
    """
