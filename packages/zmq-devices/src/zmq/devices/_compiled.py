"""The compiled relay: the C loop of all devices."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zmq.devices import _abi

if TYPE_CHECKING:
    from zmq.devices._relay import relay
else:
    relay = _abi.load().relay

__all__ = ["relay"]
