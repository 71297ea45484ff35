"""An authenticator in a tornado loop."""

from __future__ import annotations

import asyncio
from typing import Any, cast

import zmq
from zmq.auth._logs import Log
from zmq.auth.asyncio import AsyncioAuthenticator, warn_of_loop
from zmq_check.core import needs

with needs("zmq.auth.ioloop needs tornado", "zmq-auth[tornado]"):
    from tornado.ioloop import IOLoop

__all__ = ["IOLoopAuthenticator"]


class IOLoopAuthenticator(AsyncioAuthenticator):
    """An ``AsyncioAuthenticator`` for tornado's loops, which run on asyncio's.

    Args:
        context, encoding, log: As for ``Authenticator``.
        io_loop: The tornado loop; by default the current loop when start() is called.  Deprecated, as in pyzmq.

    Example::

        import asyncio
        from zmq.auth.ioloop import IOLoopAuthenticator

        async def main():
            with zmq.Context() as context, IOLoopAuthenticator(context) as authenticator:
                authenticator.configure_plain(passwords={"anna": "secret"})
                with context.socket(zmq.REP) as server:
                    server.plain_server = 1
                    server.bind("tcp://127.0.0.1:*")

        asyncio.run(main())  # or IOLoop.current().run_sync(main)
    """

    def __init__(
        self,
        context: zmq.Context[Any] | None = None,
        encoding: str = "utf-8",
        log: Log | None = None,
        io_loop: IOLoop | None = None,
    ) -> None:
        super().__init__(context, None, encoding, log)
        warn_of_loop("IOLoopAuthenticator(io_loop)", io_loop)
        self.io_loop = io_loop

    def _event_loop(self) -> asyncio.AbstractEventLoop:
        io_loop = IOLoop.current() if self.io_loop is None else self.io_loop
        return cast("asyncio.AbstractEventLoop", getattr(io_loop, "asyncio_loop"))  # noqa: B009 (not in tornado's types)
