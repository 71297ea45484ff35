"""Addresses of C objects that other libraries made."""

from __future__ import annotations

import sys

__all__ = ["cast_int_addr"]


def cast_int_addr(n: object) -> int:
    """Return the address *n* as a number.

    Args:
        n: A number, a pointer of cffi, or a pointer of ctypes.

    Raises:
        ValueError: *n* is none of these.
    """
    if isinstance(n, int):
        return n
    # Nobody has a pointer of a library that is not imported yet.
    if (cffi := sys.modules.get("_cffi_backend")) and isinstance(n, cffi.FFI.CData):
        return int(cffi.FFI().cast("uintptr_t", n))
    if (ctypes := sys.modules.get("ctypes")) and isinstance(n, (ctypes.c_void_p, ctypes._Pointer)):  # noqa: SLF001 (it has no public name)
        return ctypes.cast(n, ctypes.c_void_p).value or 0
    raise ValueError(f"cannot take {n!r} as an address: expected a number or a pointer")
