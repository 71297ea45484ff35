"""``python -m zmq_check``: is every file of zmq the one that its distribution installed?

Lives outside ``zmq`` and does not import it, so that it still runs when another distribution has written over zmq.
"""
