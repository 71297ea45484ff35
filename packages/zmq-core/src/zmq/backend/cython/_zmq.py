"""The name of pyzmq's one compiled module: everything here is of ``zmq.backend``."""

from zmq.backend import *  # noqa: F403
from zmq.backend import __all__  # noqa: F401
