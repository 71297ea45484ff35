"""``python -m zmq_check``: check that every file of ``zmq`` is the one that its distribution installed.

This package lives outside ``zmq`` and does not import it, so it runs even if another distribution has overwritten files
of ``zmq``.
"""
