"""Every constant of libzmq 4.3: as enums, and as the plain names that programs use (``zmq.PUB``).

``zmq._enums`` holds them all.  Type checkers and editors read the plain names in a stub, which the build writes; a test
compares the numbers with ``zmq.h``.  Constants that the loaded libzmq does not support exist, too: libzmq refuses them.
"""

from enum import Enum, IntEnum, IntFlag  # noqa: F401 (programs import them from here)

from zmq import _enums
from zmq._enums import *  # noqa: F403

for _name in _enums.__all__:
    getattr(_enums, _name).__module__ = __name__  # in pickles, which programs exchange with others, and in messages

globals().update(_enums.plain_names())

# Not a plain assignment: pyright wants lists that it can read.
globals()["__all__"] = [name for name in tuple(globals()) if name[0] != "_"]
