"""Logging over ZeroMQ: ``zmq.log.handlers`` publishes records, ``python -m zmq.log`` shows them as they come."""

import zmq_check.core as _core  # noqa: F401 (first: it raises where pyzmq has written over zmq-core)
