"""Recall's language: its API, its webhooks and its rules, without Django, database or clock."""
