"""Who has to agree, whose word counts, and which messages are an answer."""

import pytest

from bots.lifecycle.consents import Needs, Says, Voter, answer, in_words, judge

YES, NO = ("yes", "I agree", "ok"), ("no", "stop recording")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("yes", Says.YES),
        ("  YES!! ", Says.YES),
        ("i  agree.", Says.YES),
        ("<p>Yes&nbsp;</p>", Says.YES),
        ("ok 👍", Says.YES),
        ("ｙｅｓ", Says.YES),
        ("No.", Says.NO),
        ("Stop recording!", Says.NO),
        ("yes, but not the second half", None),
        ("no problem", None),
        ("yesterday", None),
        ("", None),
        ("👍", None),
        ("<b></b>", None),
    ],
)
def test_only_a_word_alone_is_an_answer(text, says):
    assert answer(text, yes=YES, no=NO) is says


def test_a_word_of_both_lists_is_a_no():
    assert answer("ok", yes=["ok"], no=["OK"]) is Says.NO


HOST = Voter("Ann", True, Says.YES)
SILENT_HOST = Voter("Ann", True)
GUEST, SILENT, AGAINST = Voter("Ben", said=Says.YES), Voter("Cy"), Voter("Di", said=Says.NO)


@pytest.mark.parametrize(
    ("needs", "voters", "is_met"),
    [
        (Needs.HOST, [HOST, SILENT], True),
        (Needs.HOST, [SILENT_HOST, GUEST], False),
        (Needs.HOST, [GUEST], False),
        (Needs.ANYONE, [SILENT_HOST, GUEST], True),
        (Needs.ANYONE, [SILENT], False),
        (Needs.EVERYONE, [HOST, GUEST], True),
        (Needs.EVERYONE, [HOST, SILENT], False),
        (Needs.EVERYONE, [], False),
        ("a rule of tomorrow", [HOST, SILENT], False),
        ("a rule of tomorrow", [HOST, GUEST], True),
        # A no of somebody who is there is the last word, whoever agrees.
        (Needs.HOST, [HOST, AGAINST], False),
        (Needs.ANYONE, [HOST, AGAINST], False),
        (Needs.EVERYONE, [HOST, AGAINST], False),
    ],
)
def test_it_is_met_by_whose_word_it_takes(needs, voters, is_met):
    assert judge(needs, voters).is_met is is_met


def test_it_says_who_refused_and_who_is_awaited():
    judged = judge(Needs.EVERYONE, [HOST, SILENT, AGAINST])
    assert (judged.refused, judged.awaited, judged.agreed) == (("Di",), ("Cy",), 1)
    assert judge(Needs.HOST, [SILENT_HOST, SILENT]).awaited == ("Ann",)
    assert judge(Needs.ANYONE, [GUEST, SILENT]).awaited == ()


def test_many_names_are_counted():
    assert in_words(["Ann"]) == "Ann"
    assert in_words(["Ann", "Ben", "Cy"]) == "Ann, Ben and Cy"
    assert in_words(["Ann", "Ben", "Cy", "Di"]) == "Ann, Ben, Cy and 1 other"
