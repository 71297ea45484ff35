"""The keeper: how it parses ssh's log, and when it ends a tunnel."""

from __future__ import annotations

import io
import queue

import pytest

from zmq.ssh._keeper import DRAIN_S, Job, Keeper, Log

LOGGED_IN = "debug1: Entering interactive session."
LISTENING = "debug1: Local forwarding listening on 127.0.0.1 port 5000."
# OpenSSH up to 9.1, and later versions
LISTENER = [
    "debug1: channel 0: new [port listener]",
    "debug1: channel 0: new port-listener [port listener] (inactive timeout: 0)",
]
CONNECTION = [
    "debug1: channel 2: new [direct-tcpip]",
    "debug1: channel 2: new direct-tcpip [direct-tcpip] (inactive timeout: 0)",
]
FREED = "debug1: channel 2: free: direct-tcpip: listening port 5000 for 127.0.0.1 port 1, connect from ::1, nchannels 2"


def log_of(*lines: str, lport: int | None = 5000) -> Log:
    log = Log(lport)
    for line in lines:
        log.feed(line)
    return log


@pytest.mark.parametrize("listener", LISTENER)
def test_a_tunnel_is_open_when_its_port_listens_and_the_login_is_over(listener: str) -> None:
    log = log_of(LISTENING, listener)
    assert log.listens
    assert not log.logged_in
    log.feed(LOGGED_IN)
    assert log.logged_in


def test_the_intention_to_listen_is_not_enough() -> None:
    log = log_of(LISTENING, "bind [127.0.0.1]:5000: Address already in use", LOGGED_IN)
    assert log.logged_in
    assert not log.listens


def test_the_port_of_another_forward_does_not_count() -> None:
    log = log_of("debug1: Local forwarding listening on 127.0.0.1 port 6000.", LISTENER[0], LOGGED_IN)
    assert not log.listens


def test_a_login_alone_needs_no_port() -> None:
    assert log_of(LOGGED_IN, lport=None).listens


@pytest.mark.parametrize("connection", CONNECTION)
def test_connections_are_counted(connection: str) -> None:
    log = log_of(connection, connection.replace("channel 2", "channel 3"))
    assert len(log.connections) == 2
    log.feed(FREED)
    assert log.connections == {"3"}


def test_messages_of_ssh_are_kept_and_debug_lines_are_not() -> None:
    log = log_of("OpenSSH_9.2p1 Debian", "debug1: kex: server", "ssh: connect to host x port 1: Connection refused", "")
    assert list(log.said) == ["ssh: connect to host x port 1: Connection refused"]


@pytest.mark.parametrize(
    "place", ["channels.c:channel_new():503 (pid=17610): ", "channels.c:channel_new():503 (bin=ssh, pid=17610): "]
)
def test_the_prefix_of_log_verbose_is_ignored(place: str) -> None:
    lines = [f"debug1: {place}{line.removeprefix('debug1: ')}" for line in (LISTENING, LISTENER[1], LOGGED_IN)]
    log = log_of(*lines, f"{place}fatal", f"debug3: {place}news")
    assert (log.listens, log.logged_in) == (True, True)
    assert list(log.said) == ["fatal"]


def test_standard_error_does_not_change_the_state() -> None:
    log = log_of()
    for line in (LISTENING, LISTENER[1], LOGGED_IN, "Welcome"):
        log.overhear(line)
    assert (log.listens, log.logged_in) == (False, False)
    assert (list(log.heard), list(log.said)) == (["Welcome"], [])


class Events:
    """The queue of a keeper: it returns the given events in order, records each timeout, and is empty then."""

    def __init__(self, *events: tuple[str, str]) -> None:
        self.events = list(events)
        self.waits: list[float | None] = []

    def get(self, timeout: float | None) -> tuple[str, str]:
        self.waits.append(timeout)
        if not self.events:
            raise queue.Empty
        return self.events.pop(0)


def watched(
    *events: tuple[str, str], until_ready: bool = False, limit_s: float = 60.0
) -> tuple[str, list[float | None]]:
    keeper = Keeper(Job([], 5000, limit_s, None), io.FileIO(0, closefd=False))
    keeper.limit_s = limit_s
    script = Events(*events)
    keeper.events = script  # type: ignore[assignment]
    return keeper._watch(until_ready=until_ready), script.waits


def test_a_tunnel_without_connections_ends_after_its_timeout() -> None:
    assert watched()[0] == "no connection for 60 s"


def test_a_tunnel_with_a_connection_has_no_timeout() -> None:
    reason, waits = watched(("line", CONNECTION[0]), ("line", "debug1: something"), ("line", FREED))
    assert reason == "no connection for 60 s"
    assert [wait is None for wait in waits] == [False, True, True, False]


def test_a_draining_tunnel_ends_a_second_after_its_last_connection() -> None:
    _, waits = watched(("line", CONNECTION[0]), ("drain", ""), ("line", FREED))
    assert waits[2] is None
    assert waits[3] is not None
    assert 0 < waits[3] <= DRAIN_S


@pytest.mark.parametrize("event", ["closed", "terminated", "ssh has ended"])
def test_other_events_end_it_at_once(event: str) -> None:
    assert watched(("line", CONNECTION[0]), (event, ""))[0] == event


def test_a_port_in_use_is_reported() -> None:
    assert watched(("line", LISTENING), ("line", LOGGED_IN), until_ready=True)[0] == "cannot listen on the local port"


def test_a_login_that_does_not_end_times_out() -> None:
    assert watched(("line", LISTENING), until_ready=True, limit_s=120.0)[0] == "not ready for 120 s"
