"""``zmq.Frame``, under the module name that pyzmq uses."""

from zmq.backend.frame import Frame, Message

__all__ = ["Frame", "Message"]

FrameBase = Frame
