"""The one version number: of the distribution zmq-core and of ``zmq.__version__``."""

__version__ = "28.0.0"
