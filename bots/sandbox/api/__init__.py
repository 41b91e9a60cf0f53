"""Recall's REST API: one table of routes, one gate, thin answers."""
