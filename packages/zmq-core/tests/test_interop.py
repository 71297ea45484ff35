"""Addresses from pointers of other libraries."""

from __future__ import annotations

import ctypes

import pytest

from zmq.utils.interop import cast_int_addr


def test_a_number_is_an_address() -> None:
    assert cast_int_addr(0xDEADBEEF) == 0xDEADBEEF


def test_a_ctypes_void_pointer_is_an_address() -> None:
    assert cast_int_addr(ctypes.c_void_p(0xDEADBEEF)) == 0xDEADBEEF


def test_a_ctypes_pointer_is_the_address_of_what_it_points_to() -> None:
    number = ctypes.c_int(5)
    assert cast_int_addr(ctypes.pointer(number)) == ctypes.addressof(number)


def test_a_ctypes_null_is_zero() -> None:
    assert cast_int_addr(ctypes.c_void_p()) == 0


def test_a_cffi_pointer_is_an_address() -> None:
    cffi = pytest.importorskip("cffi")
    assert cast_int_addr(cffi.FFI().cast("void *", 0xDEADBEEF)) == 0xDEADBEEF
    assert cast_int_addr(cffi.FFI().NULL) == 0


@pytest.mark.parametrize("wrong", [None, "1", b"1", 1.5, object()])
def test_other_objects_are_not_addresses(wrong: object) -> None:
    with pytest.raises(ValueError, match="expected an int, or a pointer"):
        cast_int_addr(wrong)
