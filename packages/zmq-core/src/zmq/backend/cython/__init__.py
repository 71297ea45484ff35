"""The name under which pyzmq has its compiled backend: everything here is of ``zmq.backend``."""

from zmq import backend as _backend
from zmq.backend import *  # noqa: F403

globals()["__all__"] = vars(_backend)["__all__"]
