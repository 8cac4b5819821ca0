from __future__ import annotations

import pytest

from foodwaste.pool.channel import ChannelError, channel_pair, check_task_size
from foodwaste.pool.protocol import MAX_TASK_BYTES, encode


@pytest.fixture
def ends():
    ours, theirs = channel_pair()
    yield ours, theirs
    ours.close()
    theirs.close()


def test_half_a_message_is_kept_until_the_rest_comes(ends):
    ours, theirs = ends
    line = encode({"say": "rung", "rung": {"dish": "김치"}})
    theirs.sendall(line[:9])
    assert ours.receive() == []
    theirs.sendall(line[9:] + encode({"say": "done"}))
    assert ours.receive() == [{"say": "rung", "rung": {"dish": "김치"}}, {"say": "done"}]
    assert not ours.ended


def test_end_is_seen_after_the_last_message(ends):
    ours, theirs = ends
    theirs.sendall(encode({"say": "done"}))
    theirs.close()
    assert ours.receive() == [{"say": "done"}]
    assert ours.ended


def test_reading_an_empty_channel_returns_at_once(ends):
    assert ends[0].receive() == []


@pytest.mark.parametrize("garbage", [b"\xff\n", b"{\n", b"3\n", b"[]\n"])
def test_garbage_is_an_error(ends, garbage):
    ours, theirs = ends
    theirs.sendall(garbage)
    with pytest.raises(ChannelError):
        ours.receive()


def test_largest_allowed_task_fits_a_worker_that_does_not_read(ends):
    message = {"payload": "x" * (MAX_TASK_BYTES - 20)}
    check_task_size(message)
    ends[0].send(message)


def test_sending_never_blocks(ends):
    def send_without_end():
        while True:
            ends[0].send({"payload": "x" * 10_000})

    with pytest.raises(ChannelError):
        send_without_end()


@pytest.mark.parametrize(
    "message", [{"payload": "x" * MAX_TASK_BYTES}, {"payload": object()}, {"payload": {1, 2}}]
)
def test_task_that_is_too_large_or_not_plain_is_refused(message):
    with pytest.raises(ValueError, match="task"):
        check_task_size(message)
