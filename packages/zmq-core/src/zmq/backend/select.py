"""What pyzmq chooses its backend with; here there is one."""

from __future__ import annotations

from importlib import import_module

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["public_api", "select_backend"]

public_api = [
    "Context",
    "Socket",
    "Frame",
    "Message",
    "proxy",
    "proxy_steerable",
    "zmq_poll",
    "strerror",
    "zmq_errno",
    "has",
    "curve_keypair",
    "curve_public",
    "zmq_version_info",
    "IPC_PATH_MAX_LEN",
    "PYZMQ_DRAFT_API",
]


def select_backend(name: str) -> dict[str, Any]:
    """Return the public names of a backend.

    Args:
        name: Its module, such as "zmq.backend.cython".

    Raises:
        ImportError: There is no such module.
        AttributeError: It lacks one of the names.
    """
    module = import_module(name)
    return {each: getattr(module, each) for each in public_api}
