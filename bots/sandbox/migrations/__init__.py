"""The sandbox's tables, in its own file."""
