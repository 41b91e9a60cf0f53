"""One house for all tests of this folder, well again before each; a workspace for each test."""

from collections.abc import Iterator

import pytest

from tests.chaos import servers
from tests.chaos.house import Company, House


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if why_not := servers.missing():
        for item in items:
            if "tests/chaos" in item.path.as_posix() and "plain" not in item.keywords:
                item.add_marker(pytest.mark.skip(reason=why_not))


@pytest.fixture(scope="session")
def shared_house() -> Iterator[House]:
    house = House()
    house.open()
    yield house
    house.close()


@pytest.fixture(scope="session")
def companies(shared_house: House) -> Iterator[Company]:
    slugs = [f"acme-{number}" for number in range(16)]
    return iter(shared_house.found(*slugs, retry_speed=120.0, adhoc_pool_size=100_000))


@pytest.fixture
def house(shared_house: House) -> House:
    shared_house.mend()
    return shared_house


@pytest.fixture
def company(house: House, companies: Iterator[Company]) -> Company:
    return next(companies)
