"""The versions of zmq-core and of libzmq."""

from __future__ import annotations

from zmq._version import __version__
from zmq.backend.libzmq import zmq_version_info

__all__ = ["__revision__", "__version__", "pyzmq_version", "pyzmq_version_info", "zmq_version", "zmq_version_info"]

__revision__ = ""


def _parsed(version: str) -> tuple[int, int, int, str]:
    """Return the three numbers of a version, and its suffix, such as ".dev1" or "b1"."""
    major, minor, rest = version.split(".", 2)
    extra = rest.lstrip("0123456789")
    return int(major), int(minor), int(rest.removesuffix(extra)), extra


VERSION_MAJOR, VERSION_MINOR, VERSION_PATCH, VERSION_EXTRA = _parsed(__version__)


def zmq_version() -> str:
    """Return the version of the loaded libzmq, such as "4.3.5".

    libzmq: zmq_version(3)
    """
    return "{}.{}.{}".format(*zmq_version_info())


def pyzmq_version() -> str:
    """Return the version of zmq-core; it is numbered as a successor of pyzmq 27."""
    return __version__


def _info(version: str) -> tuple[int | float, ...]:
    *numbers, extra = _parsed(version)
    return (*numbers, float("inf")) if extra else tuple(numbers)


version_info = _info(__version__)


def pyzmq_version_info() -> tuple[int | float, ...]:
    """Return the version of zmq-core as three ints; a prerelease has a fourth element, infinity."""
    return version_info
