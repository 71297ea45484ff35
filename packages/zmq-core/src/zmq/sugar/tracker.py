"""``zmq.MessageTracker``, under the module name that pyzmq uses."""

from zmq.backend.frame import _FINISHED_TRACKER
from zmq.backend.pinned import MessageTracker

__all__ = ["_FINISHED_TRACKER", "MessageTracker"]
