"""Sockets in event loops: what ``zmq.asyncio``, ``zmq.anyio`` and the tornado modules here share."""

import zmq_check.core as _core  # noqa: F401 (first: it raises where pyzmq has written over zmq-core)
