"""One try of an operation that an event loop waits for; for compiled modules alone."""
