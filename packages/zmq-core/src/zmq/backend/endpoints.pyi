# For compiled code alone: nothing here can be used from Python.
