"""Logging over ZeroMQ: ``zmq.log.handlers`` publishes log records, ``python -m zmq.log`` prints them as they arrive."""

import zmq_check.core as _core  # noqa: F401 (first: it raises where pyzmq has written over zmq-core)
