"""Sockets in event loops: what ``zmq.asyncio``, ``zmq.anyio`` and the tornado modules here share."""
