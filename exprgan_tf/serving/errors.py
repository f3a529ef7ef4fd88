"""Why a request is refused."""


class RequestError(Exception):
    """A request that gets no answer.

    Args:
        status: the HTTP status code.
        message: one line that says what to change.
        headers: HTTP headers that go with it.
    """

    def __init__(self, status, message, headers=None):
        # All, since another process may raise it.
        super().__init__(status, message, headers)
        self.status, self.message, self.headers = status, message, headers

    def __str__(self):
        return self.message
