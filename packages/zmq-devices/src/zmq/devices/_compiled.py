"""The compiled loop: ``relay``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zmq.devices import _interface

if TYPE_CHECKING:
    from zmq.devices._relay import relay
else:
    relay = _interface.load().relay

__all__ = ["relay"]
