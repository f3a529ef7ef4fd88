"""Addresses of servers."""

import socket

from exprgan_tf.errors import UserError


def bind(host, port):
    """A socket with an address of its own, which nobody can connect to yet.

    Args:
        host: name or number.
        port: 0 for any that is free.

    Raises:
        UserError: when the address cannot be had.
    """
    try:
        family = socket.getaddrinfo(host, port)[0][0]
        # A socket that does not say TCP keeps asyncio from sending at once,
        # which costs 40 ms an answer (socket.create_server makes such).
        listener = socket.socket(
            family, socket.SOCK_STREAM, socket.IPPROTO_TCP
        )
        try:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind((host, port))
        except OSError:
            listener.close()
            raise
    except OSError as error:
        raise UserError(
            f"--host={host} --port={port}: {error.strerror or error}"
        ) from None
    return listener


def url_of(listener):
    """The URL of a socket that was bound."""
    host, port = listener.getsockname()[:2]
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"
