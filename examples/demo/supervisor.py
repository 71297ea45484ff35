"""The supervisor: sends commands to the processes, receives their reports, and detects dead processes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from time import monotonic

from crew import Crew, DemoFailed
from news import LOG, PROGRESS
from viewer import Viewer
from wire import Report

import zmq

__all__ = ["Supervisor"]

CHECK_INTERVAL_MS = 100
STALL_TIMEOUT_S = 30.0


class Supervisor:
    """All waits of the main process use :meth:`wait_for` or :meth:`wait_readable`, so each has a limit."""

    def __init__(self, control: zmq.Socket, news: zmq.Socket, crew: Crew, viewer: Viewer) -> None:
        self._control = control
        self._news = news
        self._crew = crew
        self._viewer = viewer
        self._heard: defaultdict[str, dict[str, bytes]] = defaultdict(dict)
        self._poller = zmq.Poller()
        self._poller.register(control, zmq.POLLIN)
        self._poller.register(news, zmq.POLLIN)
        self._moved_s = monotonic()
        self.progress_seen = 0
        news.subscribe(PROGRESS)
        news.subscribe(LOG)

    def tell(self, names: Collection[str], kind: str, body: bytes = b"") -> None:
        """Send one message to each of *names*."""
        for name in names:
            self._control.send_multipart([name.encode(), kind.encode(), body])

    def wait_for(self, kind: str, names: Collection[str]) -> dict[str, bytes]:
        """Wait until each of *names* has sent a message of *kind*; return the bodies by name.

        Raises:
            DemoFailed: A process died, or there was no progress for a long time.
        """
        while not self._heard[kind].keys() >= set(names):
            self._pump()
        return self._heard[kind]

    def wait_for_progress(self, published: int) -> None:
        """Wait until all *published* reports have arrived."""
        while self.progress_seen < published:
            self._pump()

    def wait_readable(self, socket: zmq.Socket) -> None:
        """Wait until *socket* has a message."""
        asked_s = monotonic()
        while not socket.poll(CHECK_INTERVAL_MS):
            self._crew.check()
            if monotonic() - asked_s > STALL_TIMEOUT_S:
                raise DemoFailed(f"no answer for {STALL_TIMEOUT_S:.0f} s")

    def _pump(self) -> None:
        ready = dict(self._poller.poll(CHECK_INTERVAL_MS))
        if self._control in ready:
            name, kind, body = self._control.recv_multipart()
            self._heard[kind.decode()][name.decode()] = body
        if self._news in ready:
            topic, frame = self._news.recv_multipart()
            if topic == PROGRESS:
                self.progress_seen += 1
                self._viewer.show(Report.unpack(frame))
            else:
                _log, role, severity = topic.decode().split(".")
                self._viewer.log(role, severity, frame.decode())
        # Checked, not polled: the sentinel of a process is a descriptor on POSIX, but not on Windows.
        self._crew.check()
        if ready:
            self._moved_s = monotonic()
        elif monotonic() - self._moved_s > STALL_TIMEOUT_S:
            raise DemoFailed(f"nothing has moved for {STALL_TIMEOUT_S:.0f} s: {self._viewer.describe()}")
