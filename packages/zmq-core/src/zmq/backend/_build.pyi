from typing import Literal

LINK: Literal["bundled", "system", "prefix"]
LIBZMQ: str
LIBZMQ_VERSION: str
DRAFT_API: bool
CYTHON: str
