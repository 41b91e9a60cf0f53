"""Whoever answers for an assistant: a chat endpoint like OpenAI's, ChatBotKit, or an echo."""

from bots.responders.asked import KINDS, Failed, Kind, Responder, Settings, responder

__all__ = ["KINDS", "Failed", "Kind", "Responder", "Settings", "responder"]
