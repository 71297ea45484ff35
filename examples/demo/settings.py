"""The settings that all processes of a run share."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import zmq

__all__ = ["Settings", "local_endpoint"]


@dataclass(frozen=True)
class Settings:
    """The options of a run; every process gets a copy when it is started."""

    path: str
    messages: int
    workers: int
    curve: bool
    folder: str  # private to this run, removed at its end: the ipc files and the certificates
    control: str = ""  # the endpoint of the supervisor's commands
    news: str = ""  # the endpoint of the supervisor's viewer

    @property
    def worker_names(self) -> list[str]:
        """The names of the worker processes, which are their routing ids as well."""
        return [f"worker-{number}" for number in range(1, self.workers + 1)]

    @property
    def names(self) -> list[str]:
        """The names of all processes but the supervisor."""
        return ["source", "broker", *self.worker_names, "sink", "service"]

    @property
    def certificates(self) -> Path:
        """The folder of the public keys of the clients that the service admits."""
        return Path(self.folder, "certificates")


def local_endpoint(folder: str, name: str) -> str:
    """Return an endpoint to bind for processes of this machine: ipc where there is ipc, else tcp on any free port."""
    path = Path(folder, name)
    if zmq.has("ipc") and len(os.fsencode(path)) < zmq.IPC_PATH_MAX_LEN:
        return f"ipc://{path}"
    return "tcp://127.0.0.1:*"
