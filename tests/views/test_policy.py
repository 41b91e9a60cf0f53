"""The policy's page: who reads and who changes it, where values come from, and what a save does."""

import json
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils.html import escape

from bots import policy
from bots.models import PolicyVersion, Role
from bots.policy_forms import posted
from tests.test_pictures import jpeg
from tests.views.conftest import browser_of
from tests.world import NOW

HTMX = {"HX-Request": "true"}


@pytest.fixture
def address(team):
    return reverse("policy", args=["acme", team.pk])


def current(team):
    return PolicyVersion.objects.current(team)


def typed(version, *, names=policy.FIELDS, note="", locks=None, after=None, **over):
    """What a browser posts after these controls were typed over."""
    data = posted(
        version.pure.rules,
        names,
        after=version.number if after is None else after,
        note=note,
        locks=version.locks if locks is None else locks,
    )
    for name, value in over.items():
        data.setlist(name, value if isinstance(value, list) else [value])
    return data


def post(browser, address, data, **more):
    return browser.post(address, data.urlencode(), content_type=FORM, **more)


FORM = "application/x-www-form-urlencoded"


def said_at(text, name):
    """What stands at a field."""
    found = re.search(rf'<div class="rule-said" id="said-{name}">(.*?)</div>', text, re.S)
    assert found, name
    return " ".join(re.sub("<[^>]+>", " ", found[1]).split())


def row(text, name):
    start = text.index(f'id="rule-{name}"')
    return text[start : text.index('class="rule-said"', start)]


def value_of(text, name):
    control = re.search(rf'<(?:input|textarea|select)[^>]*name="{name}"[^>]*>', text)
    assert control, name
    found = re.search(r'value="([^"]*)"', control[0])
    return found[1] if found else ""


@pytest.mark.parametrize("role", Role)
def test_it_is_read_by_all_and_changed_by_leads(member, workspace, team, address, role):
    browser = browser_of(member("dora", role, workspace))
    may = role in (Role.OWNER, Role.ADMIN, Role.LEAD)
    shown = browser.get(address)
    text = shown.content.decode()
    assert shown.status_code == 200
    assert "Bots record video (mp4)" in text
    assert ("Save version 2" in text) is may
    answer = post(browser, address, typed(current(team), names_for_s="60"))
    assert answer.status_code == (302 if may else 403)
    checked = post(browser, f"{address}check/", typed(current(team)), headers=HTMX)
    assert checked.status_code == (200 if may else 403)
    assert current(team).number == (2 if may else 1)


def test_a_lead_changes_the_policy_of_no_other_team(member, workspace, team):
    other = workspace.teams.create(name="Support")
    browser = browser_of(member("dora", Role.LEAD, workspace))
    address = reverse("policy", args=["acme", other.pk])
    assert "Save version" not in browser.get(address).content.decode()
    assert post(browser, address, typed(current(other), names_for_s="60")).status_code == 403
    assert current(other).number == 1


def test_it_opens_the_first_teams(as_vera, team):
    answer = as_vera.get(reverse("policy_of", args=["acme"]))
    assert answer["Location"] == reverse("policy", args=["acme", team.pk])
    assert 'data-door="policy"' in as_vera.get(answer["Location"]).content.decode()


def test_a_save_keeps_only_what_differs(as_alice, alice, team, address):
    data = typed(current(team), names_for_s="60", events_for_s="10", note="Quicker <b>")
    answer = as_alice.post(address, data.urlencode(), content_type=FORM, follow=True)
    version = current(team)
    assert (version.number, version.own, version.author) == (2, {"names_for_s": 60}, alice)
    text = answer.content.decode()
    assert "Saved as version 2." in text
    assert "Quicker &lt;b&gt;" in text
    assert "by alice" in text


def test_a_save_that_changes_nothing_makes_no_version(as_alice, team, address):
    answer = as_alice.post(
        address, typed(current(team)).urlencode(), content_type=FORM, follow=True
    )
    assert "Nothing was changed, so there is no new version." in answer.content.decode()
    assert current(team).number == 1


def test_each_field_says_where_its_value_comes_from(as_alice, workspace, team, address):
    versions = PolicyVersion.objects
    versions.save_default(workspace, {"silence_for_s": 600}, [], by=None, now=NOW)
    versions.save_team(team, {"bot_name": "Acme Scribe"}, by=None, now=NOW)
    text = as_alice.get(address).content.decode()
    assert "Sales, version 3" in row(text, "bot_name")
    assert "Workspace default, version 2" in row(text, "silence_for_s")
    assert "recalldash&#x27;s default" in row(text, "start_on")
    back = "Back to the workspace&#x27;s value"
    assert back in row(text, "bot_name")
    assert back not in row(text, "silence_for_s")
    sets = re.search(r'data-sets="([^"]+)"', row(text, "bot_name"))
    assert json.loads(sets[1].replace("&quot;", '"')) == {"bot_name": ["Meeting Notetaker"]}


def test_back_fills_in_the_workspaces_value_without_saving(as_alice, workspace, team, address):
    PolicyVersion.objects.save_default(workspace, {"silence_for_s": 600}, [], by=None, now=NOW)
    PolicyVersion.objects.save_team(team, {"silence_for_s": 240}, by=None, now=NOW)
    data = typed(current(team), bot_name="Typed before", set="back:silence_for_s")
    text = post(as_alice, address, data).content.decode()
    assert value_of(text, "silence_for_s") == "600"
    assert value_of(text, "bot_name") == "Typed before"
    assert "2 unsaved changes" in text
    assert current(team).number == 3
    del data["set"]
    data["silence_for_s"] = "600"
    post(as_alice, address, data)
    assert current(team).own == {"bot_name": "Typed before"}


def test_a_preset_sets_the_six_numbers(as_alice, team, address):
    page = as_alice.get(address).content.decode()
    pressed = re.findall(r'value="preset:(\w+)"[^>]*aria-pressed="true"', page)
    assert pressed == ["balanced"]
    safe = post(as_alice, address, typed(current(team), set="preset:safe")).content.decode()
    fields = ("names_after_s", "names_for_s", "events_after_s", "events_for_s")
    assert [value_of(safe, name) for name in fields] == ["1200", "180", "1200", "180"]
    assert value_of(safe, "silence_for_s") == "1200"
    assert re.findall(r'value="preset:(\w+)"[^>]*aria-pressed="true"', safe) == ["safe"]
    own = post(as_alice, f"{address}check/", typed(current(team), names_for_s="61"))
    assert 'aria-pressed="true"' not in own.content.decode()
    assert "Numbers of your own." in own.content.decode()


@pytest.mark.parametrize("wanted", ["preset:hasty", "back:nothing", "explode", "clear:bot_name"])
def test_it_fills_in_nothing_else(as_alice, team, address, wanted):
    assert post(as_alice, address, typed(current(team), set=wanted)).status_code == 404


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("names_for_s", "5", "This is too short: Recall takes 10 seconds or more."),
        ("silence_after_s", "", "Type a whole number of seconds."),
        ("bot_name", " ", "Give the bot a name: it is what others see in the meeting."),
        ("layout", "speaker_view", "Video of each person (mp4) needs the layout"),
        ("language", "fr", "A transcript within seconds exists in English only"),
        ("blocked_domains", "no domain", "“no domain” is no domain"),
        ("most_bots", "0", "A whole number, at least one bot"),
    ],
)
def test_it_refuses_at_the_field_and_keeps_what_was_typed(
    as_alice, team, address, name, value, sentence
):
    over = {
        "note": "My note",
        "events_for_s": "77",
        "formats": ["video_separate_mp4"],
        "layout": "",
        "language": "en",
        "transcript_mode": "prioritize_low_latency",
        name: value,
    }
    data = typed(current(team), **over)
    answer = post(as_alice, address, data)
    text = answer.content.decode()
    assert answer.status_code == 422
    assert sentence in said_at(text, name)
    assert (value_of(text, "events_for_s"), value_of(text, "note")) == ("77", "My note")
    assert f'href="#rule-{name}"' in text
    assert current(team).number == 1
    checked = post(as_alice, f"{address}check/", data, headers=HTMX)
    assert checked.status_code == 200
    assert sentence in said_at(checked.content.decode(), name)
    assert "<html" not in checked.content.decode()


def test_it_warns_and_saves(as_alice, team, address):
    data = typed(current(team), silence_for_s="100")
    text = post(as_alice, f"{address}check/", data, headers=HTMX).content.decode()
    assert "a short break is enough" in said_at(text, "silence_for_s")
    assert post(as_alice, address, data).status_code == 302


def test_the_check_reads_numbers_and_moves_the_time_line(as_alice, team, address):
    def lane(text):
        timer = text[text.index('id="timer-names"') :]
        return re.search(r'class="timer-goes" cx="([\d.]+)%"', timer)[1]

    page = as_alice.get(address).content.decode()
    data = typed(current(team), names_after_s="900")
    checked = post(as_alice, f"{address}check/", data, headers=HTMX).content.decode()
    assert "15 min" in row(checked, "names_after_s")
    assert float(lane(checked)) > float(lane(page)) * 2
    assert "1 unsaved change" in checked
    assert current(team).number == 1


def test_a_locked_section_is_read_only(as_alice, workspace, team, address):
    PolicyVersion.objects.save_team(team, {"names_for_s": 99, "bot_name": "S"}, by=None, now=NOW)
    PolicyVersion.objects.save_default(workspace, {}, ["leave"], by=None, now=NOW)
    version = current(team)
    text = as_alice.get(address).content.decode()
    assert "Locked by the workspace (version 2)" in text
    assert 'name="names_for_s"' not in text
    assert "Workspace default, version 2, locked" in text
    # Whoever posts it all the same changes nothing there, and what the team once said is kept.
    post(as_alice, address, typed(version, names_for_s="60", bot_name="Acme Scribe"))
    saved = current(team)
    assert saved.own == {"names_for_s": 99, "bot_name": "Acme Scribe"}
    assert (saved.rules["names_for_s"], saved.rules["bot_name"]) == (10, "Acme Scribe")


def test_locks_are_switched_on_the_default(as_alice, workspace, team, address, default_address):
    PolicyVersion.objects.save_team(team, {"start_on": "manual"}, by=None, now=NOW)
    default = PolicyVersion.objects.default(workspace)
    text = as_alice.get(default_address).content.decode()
    assert text.count('name="locks"') == 5
    assert "Sales sets something here." in text
    post(as_alice, default_address, typed(default, locks=["start"]))
    assert PolicyVersion.objects.default(workspace).locks == ["start"]
    assert current(team).rules["start_on"] == "participant_join"
    post(as_alice, default_address, typed(PolicyVersion.objects.default(workspace), locks=[]))
    assert current(team).rules["start_on"] == "manual"


def test_a_team_opens_to_operators_nothing_that_is_locked_and_fixed(
    as_alice, workspace, team, address
):
    PolicyVersion.objects.save_team(team, {"may_formats": True}, by=None, now=NOW)
    PolicyVersion.objects.save_default(
        workspace, {"may_formats": False}, ["record"], by=None, now=NOW
    )
    standing = current(team)
    assert standing.rules["may_formats"] is False
    answer = post(as_alice, address, typed(standing, may_formats="on"))
    assert answer.status_code == 422
    assert said_at(answer.content.decode(), "may_formats").startswith(
        "The workspace fixes this and locks “What is recorded”, so a team cannot leave it to "
        "operators."
    )
    assert current(team) == standing
    # To fix more is its right; and what it had said is not forgotten.
    assert post(as_alice, address, typed(standing, may_name=[])).status_code == 302
    assert current(team).own == {"may_formats": True, "may_name": False}
    PolicyVersion.objects.save_default(workspace, {"may_formats": False}, [], by=None, now=NOW)
    assert current(team).rules["may_formats"] is True


def test_two_people_save_at_once_and_lose_nothing(as_alice, bob, team, address):
    first = current(team)
    PolicyVersion.objects.save_team(
        team, {"silence_for_s": 900, "names_for_s": 30}, by=bob, note="Calmer", now=NOW
    )
    mine = typed(first, names_for_s="60", bot_name="Mine", note="Why")
    answer = post(as_alice, address, mine)
    text = answer.content.decode()
    assert answer.status_code == 409
    assert "bob saved version 2 while you were editing" in text
    assert "Calmer" in text
    shown = {name: value_of(text, name) for name in ("names_for_s", "bot_name", "silence_for_s")}
    assert shown == {"names_for_s": "60", "bot_name": "Mine", "silence_for_s": "900"}
    assert (value_of(text, "after"), value_of(text, "note")) == ("2", "Why")
    assert "You both changed “By names: leave after”; yours is shown." in text
    assert "Discard mine and see version 2" in text
    assert current(team).number == 2
    again = typed(current(team), names_for_s="60", bot_name="Mine")
    assert post(as_alice, address, again).status_code == 302
    assert current(team).own == {"silence_for_s": 900, "names_for_s": 60, "bot_name": "Mine"}


def test_it_says_while_typing_that_somebody_saved(as_alice, bob, team, address):
    first = current(team)
    PolicyVersion.objects.save_team(team, {"silence_for_s": 900}, by=bob, now=NOW)
    text = post(as_alice, f"{address}check/", typed(first), headers=HTMX).content.decode()
    assert "bob saved version 2 while you were editing" in text


def test_a_lock_that_came_meanwhile_is_told(as_alice, alice, workspace, team, address):
    first = current(team)
    PolicyVersion.objects.save_default(workspace, {}, ["start"], by=alice, now=NOW)
    text = post(as_alice, address, typed(first, start_on="manual")).content.decode()
    assert "The workspace has locked what you changed here" in text
    assert escape("When a person presses Start recording") in text


def test_what_bots_can_show_is_chosen_and_its_clash_is_told(as_alice, team, address):
    data = typed(current(team), shows="pages")
    assert post(as_alice, address, data).status_code == 302
    assert current(team).own == {"shows": "pages"}
    text = as_alice.get(address).content.decode()
    assert "They can show web pages." in text
    assert "show web pages in GoTo Meeting." in said_at(text, "shows")
    assert 'name="may_show"' in text


def test_it_keeps_and_shows_a_picture(as_alice, as_charlie, team, address):
    data = typed(current(team)).dict() | {"formats": ["video_mixed_mp4"], "names_for_s": "5"}
    data = {key: value for key, value in data.items() if key != "locks"}
    data["picture"] = SimpleUploadedFile("bot.jpg", jpeg(), content_type="image/jpeg")
    text = as_alice.post(address, data).content.decode()
    digest = value_of(text, "bot_picture")
    assert len(digest) == 64
    assert "cannot show a web page" in said_at(text, "bot_picture")
    shown = as_alice.get(reverse("policy_picture", args=["acme", digest]))
    assert (shown.content, shown["Content-Type"]) == (jpeg(), "image/jpeg")
    elsewhere = reverse("policy_picture", args=["globex", digest])
    assert as_charlie.get(elsewhere).status_code == 404
    post(as_alice, address, typed(current(team), bot_picture=digest))
    assert current(team).rules["bot_picture"] == digest
    cleared = post(as_alice, address, typed(current(team), set="clear:bot_picture"))
    assert value_of(cleared.content.decode(), "bot_picture") == ""


def test_the_piece_is_part_of_the_page(as_alice, team, address):
    page = as_alice.get(address).content.decode()
    piece = post(as_alice, f"{address}check/", typed(current(team)), headers=HTMX).content.decode()
    start = piece.index('<section class="panel words"')
    end = piece.index("<form")
    assert piece[start:end].strip() in page


@pytest.mark.parametrize("number", ["", "0", "99", "x", "9" * 30])
def test_a_form_of_no_version_saves_nothing(as_alice, team, address, number):
    data = typed(current(team), names_for_s="60", after=0)
    data["after"] = number
    assert post(as_alice, address, data).status_code in (404, 422)
    assert current(team).number == 1


def test_it_tries_what_is_typed_against_what_is_in_force(as_alice, team, address):
    answer = post(as_alice, f"{address}try/", typed(current(team), names_for_s="60"))
    run = team.dry_runs.get()
    assert answer["Location"] == reverse("dry_run", args=["acme", team.pk, run.pk])
    assert (run.before["label"], run.after["label"]) == ("Version 1, in force", "Your changes")
    assert (run.before["rules"]["names_for_s"], run.after["rules"]["names_for_s"]) == (10, 60)
    assert current(team).number == 1


@pytest.mark.parametrize(
    ("value", "sentence"),
    [("5", "This is too short: Recall takes 10 seconds"), ("10", "there is nothing to try")],
)
def test_it_tries_nothing_senseless(as_alice, team, address, value, sentence):
    data = typed(current(team), names_for_s=value)
    answer = post(as_alice, f"{address}try/", data, headers=HTMX)
    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    page = post(as_alice, f"{address}try/", data)
    assert page.status_code == 422
    assert value_of(page.content.decode(), "names_for_s") == value
    assert not team.dry_runs.exists()


def test_a_time_line_moves_with_either_number(as_alice, team, address):
    def circle(**changes):
        text = post(as_alice, f"{address}check/", typed(current(team), **changes), headers=HTMX)
        timer = text.content.decode().split('id="timer-everyone_left"')[1]
        return re.search(r'cx="([\d.]+)%"', timer)[1]

    assert float(circle(everyone_left_after_s="3600")) > float(circle()) * 2
