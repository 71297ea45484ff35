"""A warning for each public name of zmq, and each public member of its classes, that the reference has no entry for."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Iterator
from enum import Enum
from typing import Any

from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util.logging import getLogger

import zmq.constants
from zmq.backend.engine import Engine
from zmq.backend.native import Thread

MODULES = [
    "zmq",
    "zmq.error",
    "zmq.decorators",
    "zmq.utils.monitor",
    "zmq.utils.jsonapi",
    "zmq.utils.z85",
    "zmq.utils.strtypes",
    "zmq.utils.win32",
    "zmq.utils.interop",
    "zmq.asyncio",
    "zmq.anyio",
    "zmq.adapter",
    "zmq.eventloop.zmqstream",
    "zmq.eventloop.future",
    "zmq.eventloop.ioloop",
    "zmq.green",
    "zmq.devices",
    "zmq.auth",
    "zmq.auth.thread",
    "zmq.auth.asyncio",
    "zmq.auth.ioloop",
    "zmq.auth.certs",
    "zmq.auth.policy",
    "zmq.auth.zap",
    "zmq.log.handlers",
    "zmq.log.topics",
    "zmq.ssh",
    "zmq.ssh.tunnel",
    "zmq.ssh.forward",
]


def _public(module: Any) -> Iterator[tuple[str, Any]]:
    """Yield the names that a module offers: those of ``__all__``, else those that it defines."""
    listed = getattr(module, "__all__", None)
    for name in listed or vars(module):
        value = getattr(module, name)
        origin = getattr(value, "__module__", None) or "zmq"
        ours = origin.startswith("zmq") if listed else origin == module.__name__
        if ours and not name.startswith("_") and not inspect.ismodule(value):
            yield name, value


def _members(cls: type) -> Iterator[str]:
    """Yield the public members that our classes define, but for options: these have a page of their own.

    The methods of ``threading.Thread`` and of the engine below a CallEngine need no entry.
    """
    for name in dir(cls):
        owner = next((base for base in cls.__mro__ if name in vars(base)), object)
        option = hasattr(vars(owner).get(name), "option")
        ours = owner.__module__.startswith("zmq") and owner not in {Thread, Engine}
        if ours and not name.startswith("_") and not option:
            yield name


def _check(app: Sphinx, env: BuildEnvironment) -> None:
    objects = env.domains.python_domain.objects
    documented = set(objects)
    # By name alone: most members have one entry, with a base class or with the class of another loop.
    kinds = {"attribute", "method", "property"}
    members = {name.rpartition(".")[2] for name, entry in objects.items() if entry.objtype in kinds}
    plain = {name for name, value in vars(zmq.constants).items() if isinstance(value, int)}  # told with their enums
    for module_name in MODULES:
        for name, value in _public(importlib.import_module(module_name)):
            entries = {
                f"{module_name}.{name}",
                f"zmq.{name}",
                f"{getattr(value, '__module__', '')}.{getattr(value, '__qualname__', name)}",
            }
            if name not in plain and not entries & documented:
                getLogger(__name__).warning("the reference has no entry for %s.%s", module_name, name)
            if inspect.isclass(value) and not issubclass(value, Enum):
                for member in _members(value):
                    if member not in members:
                        getLogger(__name__).warning(
                            "the reference has no entry for %s.%s.%s", module_name, name, member
                        )


def setup(app: Sphinx) -> dict[str, bool]:
    """Look when all pages were read."""
    app.connect("env-check-consistency", _check)
    return {"parallel_read_safe": True}
