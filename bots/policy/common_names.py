"""Whether a notetaker name would also catch people, by words and names that are common. Pure."""

from __future__ import annotations

from typing import Final

# Fewer letters than this stand in many a person's name.
SHORT: Final = 4

# What people, rooms and telephones are called as well.
_WORDS: Final = """
    admin agent audio bot bots call chat client conference desk guest helper home host iphone ipad
    laptop lobby mac meet meeting minutes mobile note notes office phone record recording room sales
    scribe support team user video zoom
"""
# First names that are common somewhere, and surnames that well-known words stand in.
_NAMES: Final = """
    Abbott Adam Ahmed Aisha Albert Alexander Alexandra Alice Amelia Amir Ana Anders Andrea Andrew
    Anna Anne Anton Antonio Aria Arthur Ashley Barbara Benjamin Bernard Bill Bob Botham Brian Bruno
    Camille Carlos Carol Caroline Catherine Charlotte Chen Chris Christina Claire Clara Claude
    Craig Daniel David Diana Edward Elena Elias Elizabeth Ella Emily Emma Eric Erik Eva Fatima
    Felix Fellows Finn Fletcher Florian Francesca Francis Frank Fred Gabriel George Giulia Gong
    Goodfellow Grace Grainger Hanna Hannah Harold Harry Heather Helen Henry Hiroshi Ibrahim Isabel
    Ivan Jack Jacob Jake James Jamie Jan Jane Jasmine Jean Jennifer Jenny Jim Joe Johannes John
    Jonas Jonathan Jose Joseph Joshua Juan Julia Julian Kaia Karen Karl Katherine Kevin Khaled
    Krispin Laura Lea Leah Lena Leo Leon Leonard Lily Lina Linda Lisa Lucas Lucy Luis Lukas Luke
    MacDonald Mackenzie Marc Margaret Maria Marie Mario Mark Marta Martin Mary Matthew Max Maya
    Melissa Mia Michael Michelle Miguel Mike Mila Mina Mohamed Monica Muhammad Nadia Natalie
    Nathan Nicholas Nick Nicole Nina Noah Nora Norma Oliver Olivia Omar Oscar Otto Pablo Pamela
    Patricia Patrick Paul Pedro Peter Philip Potter Priya Rachel Raj Rebecca Richard Rita Robert
    Robin Roger Rosa Rose Ruth Ryan Samantha Samir Samuel Sandra Sara Sarah Scott Sebastian Sergio
    Simon Sofia Sonia Sophie Stanley Stefan Stella Stephanie Stephen Steve Susan Sybil Talbot
    Teresa Theo Thomas Timothy Tina Tom Tony Trotter Vanessa Vera Victor Victoria Vincent Walter
    Wei Wendy William Yusuf Zoe
"""
_COMMON_WORDS: Final = frozenset(_WORDS.split())
_COMMON_NAMES: Final = {name.casefold(): name for name in _NAMES.split()}


def warning(name: str) -> str:
    """Why it would also catch people, as a sentence that goes on after it; "" for a good one."""
    folded = " ".join(name.casefold().split())
    if not folded:
        return ""
    if known := _COMMON_NAMES.get(folded):
        return f"is a name of people, so it takes everybody called {known} for a bot."
    if sum(map(str.isalpha, folded)) < SHORT:
        return "is short, so it may also be a part of people's names."
    if all(word in _COMMON_WORDS for word in folded.split()):
        return "is a common word that people, rooms and phones have in their names, too."
    holder = next((known for key, known in _COMMON_NAMES.items() if folded in key), "")
    return f"is also a part of names such as {holder}." if holder else ""
