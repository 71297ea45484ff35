"""Checks of the installation at ``import zmq``, and their error messages.

Both zmq-core and pyzmq install files into the folder ``zmq``.  pip does not refuse that: the second distribution
overwrites files of the first, and uninstalling either removes files of the other.  The check lists the folder that
contains ``zmq``, which takes a few dozen microseconds; importlib.metadata would take milliseconds.  If pyzmq was
installed last, this module is gone, too; therefore ``python -m zmq_check`` lives outside ``zmq``.
"""

from __future__ import annotations

import os

_NOT_BUILT = """\
zmq-core is not built for this Python: {folder} holds no compiled module for it. \
In a source tree build and install it in place:
    pip install -e packages/zmq-core"""

_NOT_LOADED = """\
the compiled modules of zmq-core do not load: {error}. \
If that names libzmq, the library this build was linked with is gone: install it again (Debian: libzmq5, Fedora: \
zeromq, macOS: brew install zeromq). Otherwise install zmq-core afresh:
    pip install --no-index --find-links dist --force-reinstall --no-deps zmq-core"""


_OTHER_INTERPRETER = """\
zmq cannot be imported in a subinterpreter ({error}): libzmq's sockets, and the memory that it borrows, belong to the \
whole process. Import zmq in the main interpreter and use threads there, or start processes: \
concurrent.futures.ProcessPoolExecutor for InterpreterPoolExecutor, multiprocessing for concurrent.interpreters"""


def check_foreign_files(site: str | None = None) -> None:
    """Raise ImportError if pyzmq has installed files into ``zmq``.

    A distribution named pyzmq without files in ``zmq``, such as the stand-in of ``zmq_check``, is accepted.

    Args:
        site: The folder that contains ``zmq``; by default that of this module.

    Raises:
        ImportError: pyzmq and zmq-core are both installed; the message gives the commands to repair it.
    """
    if site is None:
        site = os.path.dirname(os.path.dirname(__file__))
    try:
        names = os.listdir(site)
    except OSError:  # imported from a zip file, for example: pip overwrites no files in it
        return
    for name in names:
        if name.startswith("pyzmq-") and name.endswith(".dist-info") and _owns_zmq(os.path.join(site, name, "RECORD")):
            from zmq_check.installed import conflict

            raise ImportError(conflict(), name="zmq")


def explain(error: ImportError) -> ImportError:
    """Return an ImportError with the cause and the cure; *error* is the failed import of a compiled module."""
    from importlib.machinery import EXTENSION_SUFFIXES

    # CPython says "does not support loading in subinterpreters", Cython "Interpreter change detected".
    if "interpreter" in str(error).lower():
        return ImportError(_OTHER_INTERPRETER.format(error=error), name="zmq")

    folder = os.path.join(os.path.dirname(__file__), "backend")
    if any(os.path.exists(os.path.join(folder, "libzmq" + suffix)) for suffix in EXTENSION_SUFFIXES):
        return ImportError(_NOT_LOADED.format(error=error), name="zmq")
    return ImportError(_NOT_BUILT.format(folder=folder), name="zmq")


def _owns_zmq(record: str) -> bool:
    try:
        with open(record, encoding="utf-8") as lines:
            return any(line.startswith("zmq/") for line in lines)
    except OSError:  # a distribution that was partly removed: assume that it owns no files of zmq
        return False


# The subpackages in other distributions, and the requirement that installs each.
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
    """The last finder of ``sys.meta_path``: names the distribution to install if a subpackage of zmq is missing."""

    @staticmethod
    def find_spec(name: str, *_: object) -> None:
        """Raise ModuleNotFoundError for a missing subpackage of zmq; return None for every other module."""
        if name in _ELSEWHERE:
            distribution = _ELSEWHERE[name]
            raise ModuleNotFoundError(
                f"No module named {name!r}: pip install --find-links dist '{distribution}' (dist holds our wheels)",
                name=name,
            )
