"""The engine's side of a deal: the Temporal workflow around the core, and its messages."""
