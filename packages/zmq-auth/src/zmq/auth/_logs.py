"""The log: what it is told about requests, and what it never gets to know.

Not in it are passwords, names of users that are not known (they may be mistyped passwords), and keys, but for the first
characters.  What a peer can cause as often as it likes is throttled, but for its own decision, which is INFO.
"""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol

from zmq.auth.zap import ZapReply, ZapRequest
from zmq.utils import z85

__all__ = ["Journal", "Log", "Throttle"]


class Log(Protocol):
    """A ``logging.Logger``, or what can do the same."""

    def debug(self, msg: str, /, *args: object) -> None:
        """Log what only matters for finding errors."""

    def info(self, msg: str, /, *args: object) -> None:
        """Log what is as it should be."""

    def warning(self, msg: str, /, *args: object) -> None:
        """Log what may be wrong."""

    def error(self, msg: str, /, *args: object, exc_info: BaseException | None = None) -> None:
        """Log what is wrong."""


class Journal:
    """Logs what happens to requests; nothing that the log does with it gets out.

    Args:
        log: The log.
    """

    def __init__(self, log: Log) -> None:
        self._log = log
        self._throttle = Throttle()

    def decision(self, request: ZapRequest, reply: ZapReply) -> None:
        """A request was decided on."""
        peer = _Peer(request, known=reply.status == 200)
        with suppress(Exception):
            if reply.status == 200:
                self._log.debug("allowed %s to the domain %r", peer, request.domain)
            else:
                self._log.info("denied %s to the domain %r: %s", peer, request.domain, reply.text)

    def invalid(self, text: str) -> None:
        """A message was no request."""
        more = self._throttle.admit("invalid")
        if more is not None:
            with suppress(Exception):
                self._log.warning("a ZAP request is invalid: %s%s", text, more)

    def failure(self, error: BaseException) -> None:
        """A request could not be decided on."""
        more = self._throttle.admit("failure")
        if more is not None:
            with suppress(Exception):
                self._log.error("cannot answer a ZAP request: %s%s", type(error).__name__, more, exc_info=error)

    def ended(self, error: BaseException | None) -> None:
        """The authenticator does not answer any more, and was not stopped; no *error* if it was cancelled."""
        with suppress(Exception):
            text = "no peer gets in until the authenticator is stopped or started again: %s"
            if error is None:  # as in many a program that ends
                self._log.info(text, "its task was cancelled")
            else:
                self._log.error(text, type(error).__name__, exc_info=error)


class Throttle:
    """Lets one message of each kind through in a while, and counts the others.

    Args:
        interval_s: That while.
    """

    def __init__(self, interval_s: float = 1.0) -> None:
        self._interval_s = interval_s
        self._next: dict[str, float] = {}
        self._held_back: dict[str, int] = {}

    def admit(self, kind: str) -> str | None:
        """Return what to append to the message, or None if it is not to be logged.

        Args:
            kind: One of a few constants: each is remembered.
        """
        now = time.monotonic()
        if now < self._next.get(kind, now):
            self._held_back[kind] = self._held_back.get(kind, 0) + 1
            return None
        self._next[kind] = now + self._interval_s
        held_back = self._held_back.pop(kind, 0)
        return f" (and {held_back} like it before)" if held_back else ""


@dataclass(frozen=True)
class _Peer:
    """A peer, for the log; most of the time nobody wants to read it."""

    request: ZapRequest
    known: bool

    def __str__(self) -> str:
        text = f"{self.request.mechanism} from {self.request.address!r}"
        if self.request.mechanism == "CURVE":
            text += f" with the key {z85.encode(self.request.credentials[0][:8]).decode()}..."
        elif self.known and self.request.user:
            text += f" as {self.request.user!r}"
        return text
