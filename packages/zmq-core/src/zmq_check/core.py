"""Importing this raises ImportError unless ``zmq`` is zmq-core's: the first import of every extension.

Where pyzmq was installed over zmq-core, the extensions would fail at a name that pyzmq does not have.
"""

import zmq

if not hasattr(zmq, "_installation"):
    from zmq_check.installed import conflict

    raise ImportError(conflict(), name="zmq")
