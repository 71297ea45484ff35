"""``zmq.Frame`` under its old address."""

from zmq.backend.frame import Frame, Message

__all__ = ["Frame", "Message"]

FrameBase = Frame
