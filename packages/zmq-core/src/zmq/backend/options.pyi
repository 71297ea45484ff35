# Most of this module is for compiled code only.
INT: int
INT64: int
BYTES: int
TEXT: int
CURVE_KEY: int

def kind_of(option: int) -> int: ...
def declare(option: int, kind: int, readable: bool, writable: bool) -> None: ...
