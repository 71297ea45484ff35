"""The rows of the comparison: name, workload and budget of each."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["ROWS", "Budget", "Row"]


@dataclass(frozen=True)
class Budget:
    """The budget of a row: the highest cost that is accepted.

    Attributes:
        at_most: Microseconds, or a factor if *of* is given.
        of: What the factor multiplies: "peer" is pyzmq's figure in the same run, "floor" that of the loop, else the key
            of another row of ours.
        peer_then: The cost of pyzmq in microseconds, on the machine on which *at_most* was decided. Only the ratio of
            both applies to other machines.
    """

    at_most: float
    of: str | None = None
    peer_then: float | None = None


@dataclass(frozen=True)
class Row:
    """One line of the table; `workloads.<group>.<key>` does its work, and so does a loop of that name in loops.c."""

    group: str
    key: str
    title: str
    budget: Budget | None = None
    needs: str | None = None
    """A library that both sides need; without it the row is skipped."""
    floor: bool = False
    """Whether `workloads.floors.<key>` measures the least that the event loop takes for it; C has no event loop."""
    peer: bool = True
    """Whether pyzmq has this."""

    @property
    def steady(self) -> bool:
        """Whether one thread does all the work: then noise only adds time, and the best sample is used."""
        return self.group in {"one_thread", "polling", "sizes", "event_loop", "with_anyio"}

    @property
    def once(self) -> bool:
        """Whether its function returns the samples itself: it cannot be timed as a loop of operations."""
        return self.group in {"startup", "refused"}


ROWS = (
    Row("one_thread", "pair_10", "send + recv, 10 B, inproc, one thread", Budget(0.33, peer_then=1.2)),
    Row("one_thread", "multipart_3", "multipart of 3, send + recv", Budget(0.8, peer_then=15.8)),
    Row("one_thread", "multipart_20", "multipart of 20, send + recv", Budget(5, peer_then=97)),
    Row("one_thread", "recv_again", "recv(NOBLOCK) that raises Again", Budget(0.8, peer_then=8.4)),
    Row("one_thread", "get_events", "getsockopt(EVENTS)", Budget(0.4, peer_then=3.4)),
    Row("one_thread", "get_linger", "option attribute: socket.linger", Budget(0.3, peer_then=4.8)),
    Row("one_thread", "json", "send_json + recv_json, small dict"),
    Row("one_thread", "string", "send_string + recv_string, 10 characters"),
    Row("polling", "socket_poll", "Socket.poll(0), idle", Budget(0.5, peer_then=4.6)),
    Row("polling", "poller_50_idle", "Poller.poll(0), 50 idle sockets", Budget(4, peer_then=76)),
    Row("polling", "poller_10_ready", "Poller.poll(0), 10 sockets, one ready"),
    Row("polling", "poller_1000_ready", "Poller.poll(0), 1000 sockets, one ready", Budget(2, of="poller_10_ready")),
    Row("polling", "poller_1000_message", "1000 sockets: send to one, poll, recv"),
    Row("polling", "fresh_poller_1", "a new Poller for one poll(0), 1 idle socket", Budget(1, of="peer")),
    Row("polling", "fresh_poller_100", "a new Poller for one poll(0), 100 idle sockets", Budget(1, of="peer")),
    Row("polling", "select_10", "zmq.select, 10 idle sockets", Budget(1, of="peer")),
    Row("polling", "select_100", "zmq.select, 100 idle sockets", Budget(1, of="peer")),
    Row("sizes", "zero_copy_1k", "1 KB zero-copy, send + recv", Budget(0.9, peer_then=3.5)),
    Row("sizes", "zero_copy_1k_tracked", "1 KB zero-copy, tracked", Budget(1.2)),
    Row("sizes", "copy_1k", "1 KB copied"),
    Row("sizes", "copy_100k", "100 KB copied"),
    Row("sizes", "zero_copy_100k", "100 KB zero-copy"),
    Row("sizes", "copy_300k", "300 KB copied"),
    Row("sizes", "copy_1m", "1 MB copied"),
    Row("sizes", "zero_copy_1m", "1 MB zero-copy"),
    Row("two_threads", "threads_inproc", "two threads, inproc, 10 B, per message"),
    Row("two_threads", "threads_tcp", "two threads, tcp, 10 B, per message"),
    Row("two_threads", "threads_apart", "two threads, each with a pair of its own, inproc, 10 B, send + recv"),
    Row("two_processes", "processes_10", "two processes, tcp, 10 B, per message", Budget(0.5, peer_then=1.41)),
    Row("two_processes", "processes_multipart_3", "two processes, tcp, multipart of 3", Budget(2, peer_then=20.8)),
    Row("two_processes", "ping_pong", "two processes, tcp, REQ/REP round trip, 10 B"),
    Row("green", "green_pair_10", "gevent: send + recv, 10 B, inproc", needs="gevent"),
    Row("green", "green_multipart_3", "gevent: multipart of 3, send + recv", needs="gevent"),
    Row("green", "green_tcp", "gevent: push/pull over tcp, per message", needs="gevent"),
    Row("green", "green_ping_pong", "gevent: REQ/REP round trip between greenlets, inproc", needs="gevent"),
    Row("event_loop", "asyncio_pair_10", "asyncio: send + recv, 10 B, inproc", Budget(2, peer_then=65), "zmq.asyncio"),
    Row(
        "event_loop",
        "asyncio_multipart_3",
        "asyncio: multipart of 3, send + recv",
        Budget(3, peer_then=131),
        "zmq.asyncio",
    ),
    Row(
        "event_loop", "asyncio_tcp", "asyncio: push/pull over tcp, per message", Budget(4, peer_then=52), "zmq.asyncio"
    ),
    Row(
        "event_loop",
        "asyncio_ping_pong",
        "asyncio: REQ/REP round trip between tasks, inproc",
        Budget(1.7, of="floor"),
        "zmq.asyncio",
        floor=True,
    ),
    Row(
        "event_loop",
        "asyncio_1000",
        "asyncio: 1000 sockets wait, ten are busy, per message",
        needs="zmq.asyncio",
        floor=True,
    ),
    Row("event_loop", "asyncio_poller_10", "asyncio: a Poller waits for 10 sockets, one message", needs="zmq.asyncio"),
    Row(
        "event_loop",
        "asyncio_poller_500",
        "asyncio: a Poller waits for 500 sockets, one message",
        Budget(2, of="asyncio_poller_10"),
        "zmq.asyncio",
    ),
    Row("event_loop", "asyncio_poller_now_10", "asyncio: Poller.poll(0), 10 sockets, one ready", needs="zmq.asyncio"),
    Row(
        "event_loop",
        "asyncio_poller_now_1000",
        "asyncio: Poller.poll(0), 1000 sockets, one ready",
        Budget(2, of="asyncio_poller_now_10"),
        "zmq.asyncio",
    ),
    Row(
        "with_anyio",
        "anyio_asyncio_pair",
        "anyio on asyncio: send + recv, 10 B, inproc",
        Budget(3, of="floor"),
        "anyio",
        floor=True,
        peer=False,
    ),
    Row(
        "with_anyio",
        "anyio_trio_pair",
        "anyio on trio: send + recv, 10 B, inproc",
        Budget(3, of="floor"),
        "trio",
        floor=True,
        peer=False,
    ),
    Row("refused", "refused_thread", "processor time of a refused send, per second: a thread", Budget(10_000)),
    Row("refused", "refused_asyncio", "the same in asyncio", Budget(10_000), "zmq.asyncio"),
    Row("refused", "refused_anyio_asyncio", "the same in anyio on asyncio", Budget(10_000), "anyio", peer=False),
    Row("refused", "refused_anyio_trio", "the same in anyio on trio", Budget(10_000), "trio", peer=False),
    Row("refused", "refused_green", "the same in gevent", Budget(10_000), "gevent"),
    Row("devices", "proxy", "zmq.proxy, tcp, per message", needs="zmq.devices"),
    Row("devices", "proxy_ping_pong", "REQ/REP round trip through zmq.proxy, tcp", needs="zmq.devices"),
    Row("devices", "captured_proxy", "zmq.proxy with a capture socket, tcp, per message", needs="zmq.devices"),
    Row("devices", "queue", "monitored_queue, tcp, per message", Budget(1 / 0.95, of="captured_proxy"), "zmq.devices"),
    Row("auth", "handshake", "CURVE handshake, ThreadAuthenticator with 100 keys", needs="zmq.auth.thread"),
    Row("auth", "zap_request", "its part of that: a ZAP request", needs="zmq.auth.thread"),
    Row("startup", "import_zmq", "import zmq, fresh process", Budget(1, of="peer")),
)
