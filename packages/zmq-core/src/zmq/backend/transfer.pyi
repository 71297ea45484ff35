# For compiled code alone: nothing here can be used from Python.
from typing import final

@final
class Room: ...
