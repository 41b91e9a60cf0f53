"""Copies in our own storage: made, kept, played, checked and deleted."""
