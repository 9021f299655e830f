"""The demo: an invented team, invented customers, and deals that live fast enough to watch."""
