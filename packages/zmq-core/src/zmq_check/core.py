"""Raises ImportError at import unless ``zmq`` belongs to zmq-core.  Every extension imports this first.

Without this check, the extensions would fail on names that pyzmq lacks, if pyzmq was installed over zmq-core.
``needs`` is for libraries that only some modules of an extension need.
"""

from collections.abc import Generator
from contextlib import contextmanager

import zmq

if not hasattr(zmq, "_installation"):
    from zmq_check.installed import conflict

    raise ImportError(conflict(), name="zmq")


@contextmanager
def needs(what: str, requirement: str) -> Generator[None, None, None]:
    """Import an optional library in the block; if it is not installed, the error says how to install it.

    Args:
        what: The start of the text, such as "zmq.anyio needs anyio".
        requirement: What pip has to install, such as "zmq-eventloop[anyio]".

    Raises:
        ModuleNotFoundError: The library is not installed.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(f"{what}: pip install --find-links dist '{requirement}'", name=error.name) from error
