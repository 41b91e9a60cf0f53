"""Browsers of the cast, signed in."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse


def browser_of(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def as_alice(alice: Any) -> Client:
    return browser_of(alice)


@pytest.fixture
def as_bob(bob: Any) -> Client:
    return browser_of(bob)


@pytest.fixture
def as_vera(vera: Any) -> Client:
    return browser_of(vera)


@pytest.fixture
def as_charlie(charlie: Any) -> Client:
    return browser_of(charlie)


@pytest.fixture
def default_address(workspace):
    return reverse("policy_default", args=["acme"])
