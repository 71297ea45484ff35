"""Is this installation whole?  What ``import zmq`` checks, and what it says when it is not.

Two distributions can own files of the one folder ``zmq``: ours, and pyzmq.  pip lets both in; the one that came last
has written over the other, and uninstalling either breaks what is left.  A listing of the folder around ``zmq`` tells
in a few dozen microseconds, where importlib.metadata would take milliseconds.  When pyzmq came last this code is gone,
too: ``python -m zmq_check`` lives outside ``zmq`` for that.
"""

from __future__ import annotations

import os
import sys

_NOT_BUILT = """\
zmq-core is not built for this Python: {folder} holds no compiled module for it. \
In a source tree build and install it in place:
    pip install -e packages/zmq-core"""

_NOT_LOADED = """\
the compiled modules of zmq-core do not load: {error}. \
If that names libzmq, the library this build was linked with is gone: install it again (Debian: libzmq5, Fedora: \
zeromq, macOS: brew install zeromq). Otherwise install zmq-core afresh:
    pip install --no-index --find-links dist --force-reinstall --no-deps zmq-core"""


def check_foreign_files(site: str | None = None) -> None:
    """Raise when pyzmq owns files of ``zmq`` beside ours.

    A distribution that is called pyzmq but owns no file of ``zmq``, such as one that only depends on ours, is fine.

    Args:
        site: The folder that holds ``zmq``; by default the one this module was loaded from.

    Raises:
        ImportError: Both are installed; the message says how to repair it.
    """
    if site is None:
        site = os.path.dirname(os.path.dirname(__file__))
    try:
        names = os.listdir(site)
    except OSError:  # imported from a zip file, say: nobody writes over files there
        return
    for name in names:
        if name.startswith("pyzmq-") and name.endswith(".dist-info") and _owns_zmq(os.path.join(site, name, "RECORD")):
            from zmq_check.installed import conflict

            raise ImportError(conflict(), name="zmq")


def explain(error: ImportError) -> ImportError:
    """Return what to raise instead of *error*, the failed import of a compiled module."""
    from importlib.machinery import EXTENSION_SUFFIXES

    folder = os.path.join(os.path.dirname(__file__), "backend")
    if any(os.path.exists(os.path.join(folder, "libzmq" + suffix)) for suffix in EXTENSION_SUFFIXES):
        return ImportError(_NOT_LOADED.format(error=error), name="zmq")
    return ImportError(_NOT_BUILT.format(folder=folder), name="zmq")


def attribute(name: str) -> object:
    """Return ``zmq.asyncio`` to a program that has not imported it: with pyzmq, ``zmq.utils.monitor`` does.

    Raises:
        AttributeError: *name* is another one, or zmq-eventloop is not installed.
    """
    if name != "asyncio":
        raise AttributeError(f"module 'zmq' has no attribute {name!r}", name=name, obj=sys.modules["zmq"])
    try:
        __import__("zmq.asyncio")
        return sys.modules["zmq.asyncio"]
    except ImportError as error:
        raise AttributeError(str(error), name=name, obj=None) from error


def _owns_zmq(record: str) -> bool:
    try:
        with open(record, encoding="utf-8") as lines:
            return any(line.startswith("zmq/") for line in lines)
    except OSError:  # a distribution that was half removed; its files are not ours to judge
        return False


# What the other distributions add to zmq, and what installs it.
_ELSEWHERE = {
    "zmq.anyio": "zmq-eventloop[anyio]",
    "zmq.asyncio": "zmq-eventloop",
    "zmq.auth": "zmq-auth",
    "zmq.devices": "zmq-devices",
    "zmq.eventloop": "zmq-eventloop[tornado]",
    "zmq.green": "zmq-green",
    "zmq.log": "zmq-log",
    "zmq.ssh": "zmq-ssh",
}


class MissingDistribution:
    """The last finder of ``sys.meta_path``: says what to install when one of our subpackages is not there."""

    @staticmethod
    def find_spec(name: str, *_: object) -> None:
        """Raise for our own names; None for all others: no finder knows them."""
        if name in _ELSEWHERE:
            distribution = _ELSEWHERE[name]
            raise ModuleNotFoundError(
                f"No module named {name!r}: pip install --find-links dist '{distribution}' (dist holds our wheels)",
                name=name,
            )
