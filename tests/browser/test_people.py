"""People at work: an admin invites, changes roles, archives a team; a lead hides its meetings."""

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.company import Company, found
from tests.browser.house import House
from tests.browser.steps import SOON_MS, reaches, row, send

LINK = "https://meet.google.com/pri-vate-abc"


@pytest.fixture(scope="module")
def initech(house: House) -> Company:
    """Anna administers it, Lea leads, Otto operates; Olga owns it."""
    people = {"olga": "owner", "anna": "admin", "lea": "lead", "otto": "operator"}
    return found(house, "initech", people)


def line(page: Page, name: str) -> Locator:
    return page.locator("#members .member").filter(has_text=name)


def test_an_admin_invites_changes_and_archives_and_a_lead_hides_meetings_live(
    initech: Company, open_as
) -> None:
    anna = open_as(initech, "anna", f"{initech.home}teams/")
    for name in ("Research", "Labs"):
        anna.get_by_label("New team").fill(name)
        anna.get_by_role("button", name="Make team").click()
        expect(anna.locator(".member").filter(has_text=name)).to_be_visible()

    anna.get_by_role("link", name="Members", exact=True).first.click()
    anna.get_by_label("E-mail address").fill("zoe@example.com")
    anna.get_by_label("Role").select_option("viewer")
    anna.get_by_role("button", name="Invite").click()
    link = anna.get_by_label("Link of the invitation").input_value()
    assert "/invitation/" in link
    expect(anna.locator("#made")).to_contain_text("zoe@example.com is invited")

    # In place: the page stays the same document.
    anna.evaluate("window.sameDocument = true")
    line(anna, "lea").get_by_role("link", name="Change lea").click()
    form = line(anna, "lea").locator("form")
    form.get_by_label("Everyone").uncheck()
    form.get_by_label("Research").check()
    form.get_by_role("button", name="Save").click()
    expect(line(anna, "lea").locator(".member-teams")).to_have_text("Research")
    line(anna, "otto").get_by_role("link", name="Change otto").click()
    line(anna, "otto").get_by_label("Role").select_option("viewer")
    line(anna, "otto").get_by_role("button", name="Save").click()
    expect(line(anna, "otto").locator(".member-role")).to_have_text("Viewer")
    assert anna.evaluate("window.sameDocument")

    # Otto watches while Lea's team makes its meetings its own.
    lea = open_as(initech, "lea")
    otto = open_as(initech, "otto")
    address = send(lea, LINK)
    reaches(lea, "waiting")
    expect(row(otto, address)).to_be_visible(timeout=SOON_MS)
    expect(otto.get_by_role("button", name="Send bot")).to_have_count(0)
    otto.evaluate("window.sameDocument = true")
    lea.goto(f"{initech.home}policy/")
    expect(lea.locator(".tabs [aria-current]")).to_have_text("Research")
    lea.get_by_label("Members of the team, admins and owners").check()
    expect(lea.locator("#section-seen")).to_contain_text("not saved", timeout=SOON_MS)
    lea.get_by_role("button", name="Save version").click()
    expect(row(otto, address)).to_have_count(0, timeout=SOON_MS)
    assert otto.evaluate("window.sameDocument")
    assert otto.request.get(address).status == 404
    anna.goto(initech.home)
    expect(row(anna, address)).to_be_visible()

    anna.goto(f"{initech.home}teams/")
    anna.get_by_role("link", name="Archive Labs").click()
    anna.get_by_role("button", name="Archive team").click()
    expect(anna.get_by_role("button", name="Bring back Labs")).to_be_visible()
    anna.get_by_role("link", name="Audit log").click()
    said = anna.locator(".deeds")
    for words in ("archived a team Labs", "changed the role of", "from Operator to Viewer",
                  "invited zoe@example.com", "saved a policy Research, version 2"):  # fmt: skip
        expect(said).to_contain_text(words)


def test_the_audit_log_is_taken_along(initech: Company, open_as) -> None:
    olga = open_as(initech, "olga", f"{initech.home}audit/")
    with olga.expect_download() as taken:
        olga.get_by_role("button", name="CSV").click()
    assert taken.value.suggested_filename.startswith("audit-initech-")
    assert taken.value.path().read_text().startswith('"at","by","verb"')
