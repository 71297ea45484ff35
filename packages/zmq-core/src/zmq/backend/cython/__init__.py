"""The name under which pyzmq has its compiled backend: everything here is of ``zmq.backend``."""

from zmq.backend import *  # noqa: F403
from zmq.backend import __all__ as __all__
