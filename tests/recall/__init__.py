"""Recall's language, without Django."""
