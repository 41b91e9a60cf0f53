"""What was said, as text and as captions."""

from bots import transcripts
from bots.transcripts import Line

SAID = [
    Line("Priya", "Good morning <all>", 1.5, 3.0),
    Line("Priya", "Shall we?", 4.0, None),
    Line("Jun & Co", "Yes", 3725.5, None),
]


def test_it_reads_only_lines_with_words():
    kept = [
        {"speaker": "", "start_s": None, "end_s": None, "text": " Yes\n--> indeed "},
        {"speaker": "Jun", "start_s": 9.0, "end_s": 9.5, "text": "  "},
        {},
    ]
    assert list(transcripts.read(kept)) == [Line("Somebody", "Yes --> indeed", None, None)]


def test_it_writes_a_paragraph_for_each_turn():
    assert transcripts.as_text(SAID) == (
        "Priya (00:00:01)\nGood morning <all> Shall we?\n\nJun & Co (01:02:05)\nYes\n"
    )


def test_it_writes_srt():
    assert transcripts.as_srt(SAID[:2]) == (
        "1\n00:00:01,500 --> 00:00:03,000\nPriya: Good morning <all>\n\n"
        "2\n00:00:04,000 --> 00:00:07,000\nPriya: Shall we?\n"
    )


def test_it_writes_vtt_in_which_nobody_can_write_markup():
    assert transcripts.as_vtt(SAID[1:]) == (
        "WEBVTT\n\n"
        "00:00:04.000 --> 00:00:07.000\n<v Priya>Shall we?\n\n"
        "01:02:05.500 --> 01:02:08.500\n<v Jun &amp; Co>Yes\n"
    )


def test_a_caption_has_a_moment_and_lasts_a_while():
    odd = [Line("Jun", "When?", None, None), Line("Jun", "Hm", 5.0, 5.0), Line("Jun", "Ah", -1, 0)]
    assert transcripts.as_srt(odd) == (
        "1\n00:00:05,000 --> 00:00:05,500\nJun: Hm\n\n2\n00:00:00,000 --> 00:00:00,500\nJun: Ah\n"
    )
    assert transcripts.as_vtt([]) == "WEBVTT\n"
