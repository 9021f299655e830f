"""Activities: what a deal's workflow asks the world to do. Nothing here decides anything."""
