"""The log of an authenticator.

It never contains passwords, the names of unknown users (which may be mistyped passwords), or more than the first ten
characters of a key.  Messages that a peer can cause at any rate are throttled, except for the decision itself, which is
logged at INFO.
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
    """The methods of ``logging.Logger`` that authenticators use."""

    def debug(self, msg: str, /, *args: object) -> None:
        """Log details, such as accepted peers."""

    def info(self, msg: str, /, *args: object) -> None:
        """Log regular events, such as refused peers."""

    def warning(self, msg: str, /, *args: object) -> None:
        """Log possible mistakes, such as a file that cannot be read."""

    def error(self, msg: str, /, *args: object, exc_info: BaseException | None = None) -> None:
        """Log failures."""


class Journal:
    """Logs what happens to requests; exceptions of the log are suppressed.

    Args:
        log: The log.
    """

    def __init__(self, log: Log) -> None:
        self._log = log
        self._throttle = Throttle()

    def decision(self, request: ZapRequest, reply: ZapReply) -> None:
        """Log the decision on a request."""
        peer = _Peer(request, known=reply.status == 200)
        with suppress(Exception):
            if reply.status == 200:
                self._log.debug("allowed %s to the domain %r", peer, request.domain)
            else:
                self._log.info("denied %s to the domain %r: %s", peer, request.domain, reply.text)

    def invalid(self, text: str) -> None:
        """Log a message that is not a ZAP request."""
        more = self._throttle.admit("invalid")
        if more is not None:
            with suppress(Exception):
                self._log.warning("a ZAP request is invalid: %s%s", text, more)

    def failure(self, error: BaseException) -> None:
        """Log a failure to answer a request."""
        more = self._throttle.admit("failure")
        if more is not None:
            with suppress(Exception):
                self._log.error("cannot answer a ZAP request: %s%s", type(error).__name__, more, exc_info=error)

    def ended(self, error: BaseException | None) -> None:
        """Log that the authenticator ended without stop(); *error* is None if its task was cancelled."""
        with suppress(Exception):
            text = "no peer can connect until the authenticator is started again or stopped: %s"
            if error is None:  # usual at the end of a program, so not an error
                self._log.info(text, "its task was cancelled")
            else:
                self._log.error(text, type(error).__name__, exc_info=error)


class Throttle:
    """Admits one message of each kind per interval, and counts the messages that it suppresses.

    Args:
        interval_s: The interval, in seconds.
    """

    def __init__(self, interval_s: float = 1.0) -> None:
        self._interval_s = interval_s
        self._next: dict[str, float] = {}
        self._suppressed: dict[str, int] = {}

    def admit(self, kind: str) -> str | None:
        """Return the text to append to the message, or None to suppress it.

        Args:
            kind: One of a few constants; each is remembered.
        """
        now = time.monotonic()
        if now < self._next.get(kind, now):
            self._suppressed[kind] = self._suppressed.get(kind, 0) + 1
            return None
        self._next[kind] = now + self._interval_s
        suppressed = self._suppressed.pop(kind, 0)
        return f" (and {suppressed} like it before)" if suppressed else ""


@dataclass(frozen=True)
class _Peer:
    """A peer in a log message.  Formatted only if the message is: most are below the level of the log."""

    request: ZapRequest
    known: bool

    def __str__(self) -> str:
        text = f"{self.request.mechanism} from {self.request.address!r}"
        if self.request.mechanism == "CURVE":
            text += f" with the key {z85.encode(self.request.credentials[0][:8]).decode()}..."
        elif self.known and self.request.user:
            text += f" as {self.request.user!r}"
        return text
