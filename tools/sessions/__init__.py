"""What the sessions of noxfile.py do, where that takes more than a few commands."""
