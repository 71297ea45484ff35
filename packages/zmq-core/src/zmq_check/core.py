"""Raises ImportError at import unless ``zmq`` belongs to zmq-core.  Every extension imports this first.

Without this check, the extensions would fail on names that pyzmq lacks, if pyzmq was installed over zmq-core.
"""

import zmq

if not hasattr(zmq, "_installation"):
    from zmq_check.installed import conflict

    raise ImportError(conflict(), name="zmq")
