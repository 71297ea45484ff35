"""Addresses of C objects of other libraries."""

from __future__ import annotations

import sys

__all__ = ["cast_int_addr"]


def cast_int_addr(n: object) -> int:
    """Return the address *n* as an int.

    Args:
        n: An int, a pointer of cffi, or a pointer of ctypes.

    Raises:
        ValueError: *n* has another type.
    """
    if isinstance(n, int):
        return n
    # sys.modules: if a library is not imported, *n* is not one of its pointers.
    if (cffi := sys.modules.get("_cffi_backend")) and isinstance(n, cffi.FFI.CData):
        return int(cffi.FFI().cast("uintptr_t", n))
    if (ctypes := sys.modules.get("ctypes")) and isinstance(n, (ctypes.c_void_p, ctypes._Pointer)):  # noqa: SLF001 (it has no public name)
        return ctypes.cast(n, ctypes.c_void_p).value or 0
    raise ValueError(f"cannot use {n!r} as an address: expected an int, or a pointer of cffi or ctypes")
