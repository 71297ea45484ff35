"""What sockets of asyncio, anyio and tornado share: the hub of a loop, the choice of a loop, contexts and monitors.

Private: ``zmq.asyncio``, ``zmq.anyio`` and ``zmq.eventloop`` use it.  It imports none of them, and no other loop than
asyncio.
"""

from __future__ import annotations

import zmq_check.core as _core  # noqa: F401 (first: it raises where pyzmq has written over zmq-core)
