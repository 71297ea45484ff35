"""Logging over ZeroMQ: ``zmq.log.handlers`` publishes records, ``python -m zmq.log`` shows them as they come."""
