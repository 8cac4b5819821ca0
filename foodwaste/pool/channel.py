"""The supervisor's end of one worker's private pipe: whole messages, and never a blocked call.

A worker may be stopped in the middle of a message, may not read, or may send anything at all.
"""

from __future__ import annotations

import contextlib
import socket
from typing import Any

from foodwaste.pool.protocol import MAX_TASK_BYTES, PlainData, decode, encode

#: Kernel buffer of each direction; macOS gives 8 kB unless asked.
BUFFER_BYTES = 131_072

_MAX_MESSAGE_BYTES = 16_000_000
_READS_AT_ONCE = 16


class ChannelError(Exception):
    """The other side is gone, does not read, or sends what is no message."""


def channel_pair() -> tuple[Channel, socket.socket]:
    """The supervisor's channel and the socket that its worker inherits."""
    ours, theirs = socket.socketpair()
    for end in (ours, theirs):
        end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, BUFFER_BYTES)
    return Channel(ours), theirs


class Channel:
    """Sends and receives messages over one socket without ever waiting."""

    def __init__(self, end: socket.socket) -> None:
        end.setblocking(False)
        self._socket = end
        self._unfinished = bytearray()
        self.ended = False

    def fileno(self) -> int:
        """Descriptor to wait on; -1 once closed."""
        return self._socket.fileno()

    def send(self, message: PlainData) -> None:
        """Sends one message.

        Raises:
            ChannelError: the worker is gone or left no room; half a message may be lost, so
                that the channel is of no use afterwards.
        """
        data = encode(message)
        try:
            sent = self._socket.send(data)
        except OSError as error:
            raise ChannelError(f"cannot send: {error}") from error
        if sent != len(data):
            raise ChannelError("the worker does not read")

    def receive(self) -> list[dict[str, Any]]:
        """All messages that have arrived whole; sets ``ended`` when the other side has closed.

        Raises:
            ChannelError: what arrived is no message.
        """
        for _ in range(_READS_AT_ONCE):  # one that floods its pipe must not hold up the others
            if self.ended:
                break
            try:
                data = self._socket.recv(BUFFER_BYTES)
            except BlockingIOError:
                break
            except OSError:
                data = b""
            self.ended = not data
            self._unfinished += data
            if len(self._unfinished) > _MAX_MESSAGE_BYTES:
                raise ChannelError(f"a message of more than {_MAX_MESSAGE_BYTES} bytes")
        if b"\n" not in self._unfinished:
            return []
        *lines, rest = self._unfinished.split(b"\n")
        self._unfinished = rest
        try:
            return [decode(bytes(line)) for line in lines]
        except ValueError as error:
            raise ChannelError(f"not a message: {error}") from error

    def close(self) -> None:
        """Closes this end: an idle worker reads the end and leaves."""
        with contextlib.suppress(OSError):
            self._socket.close()


def check_task_size(message: PlainData) -> None:
    """Makes sure that a task can be sent without blocking.

    Raises:
        ValueError: it is too large, or not plain data.
    """
    try:
        size = len(encode(message))
    except TypeError as error:
        raise ValueError(f"a task must be plain data: {error}") from error
    if size > MAX_TASK_BYTES:
        raise ValueError(f"a task of {size} bytes (at most {MAX_TASK_BYTES}): send paths instead")
