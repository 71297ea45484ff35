"""``zmq.eventloop``, for programs that import it from here.

Tornado's loop blocks the thread, and with it all greenlets, unless gevent has patched ``select``.
"""

from zmq.green.eventloop import ioloop, zmqstream

__all__ = ["ioloop", "zmqstream"]
