"""The versions of this library and of libzmq."""

from zmq._version import __version__
from zmq.backend.libzmq import zmq_version_info

__all__ = ["__revision__", "__version__", "pyzmq_version", "pyzmq_version_info", "zmq_version", "zmq_version_info"]

__revision__ = ""


def zmq_version() -> str:
    """Return the version of the libzmq in use: "4.3.5"."""
    return ".".join(map(str, zmq_version_info()))


def pyzmq_version() -> str:
    """Return the version of this library, which continues pyzmq's."""
    return __version__


def pyzmq_version_info() -> tuple[int | float, ...]:
    """Return the version of this library as numbers; a fourth one, infinity, marks a development version."""
    parts = __version__.split(".")
    numbers: tuple[int | float, ...] = tuple(int(part) for part in parts[:3] if part.isdigit())
    return numbers if len(parts) == 3 == len(numbers) else (*numbers, float("inf"))
