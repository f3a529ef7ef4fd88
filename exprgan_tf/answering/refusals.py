"""Why a request gets no answer, and whom no server answers."""

import ipaddress
import urllib.parse

from starlette.datastructures import Headers

LOOPBACK = ("localhost", "127.0.0.1", "::1")
HOSTS_HELP = (
    "names by which the server may be called, such as faces.example.org; "
    "default: localhost for --host=127.0.0.1, else any"
)


class Refusal(Exception):
    """A request that is answered with an error.

    Args:
        status: HTTP status.
        code: a word for programs.
        message: a sentence for people.
        headers: HTTP headers that go with it.
    """

    def __init__(self, status, code, message, headers=None):
        super().__init__(message)
        self.status, self.code, self.headers = status, code, headers


def allowed_names(host, named):
    """The names a server may be called by; None for any.

    Args:
        host: the address it listens at.
        named: those of `--allowed_hosts`.
    """
    if named:
        return frozenset((*map(str.lower, named), *LOOPBACK))
    return frozenset((host, *LOOPBACK)) if _is_loopback(host) else None


def require_allowed(scope, names):
    """Refuses what a browser may have been led to send.

    Another site's name may be made to point here (DNS rebinding), and
    another site's page may send requests in the name of who looks at it.

    Raises:
        Refusal: for a `Host` that is none of the names, and for an `Origin`
            that is another site.
    """
    headers = Headers(scope=scope)
    host = headers.get("host", "")
    try:
        name = urllib.parse.urlsplit(f"//{host}").hostname
        origin = urllib.parse.urlsplit(headers.get("origin", f"//{host}"))
    except ValueError:
        raise Refusal(400, "host", "The Host or Origin is none.") from None
    if names is not None and name not in names:
        raise Refusal(
            400, "host",
            f"This server is not called {(name or 'by no name')[:100]!r}: "
            "--allowed_hosts says what it may be called.",
        )
    if origin.netloc != host:
        raise Refusal(403, "elsewhere", "Requests of other sites are refused.")


def _is_loopback(host):
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
