"""PyInstaller's hook for before it looks for ``zmq``: the folders that other distributions have added to it."""

from typing import Protocol

import zmq


class PackagePath(Protocol):
    """What PyInstaller gives the hook."""

    def append_package_path(self, directory: str) -> None:
        """Have PyInstaller look for modules of the package there, too."""


def pre_safe_import_module(api: PackagePath) -> None:
    """Add the folders."""
    for folder in zmq.__path__[1:]:
        api.append_package_path(folder)
