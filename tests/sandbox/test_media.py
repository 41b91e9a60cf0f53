"""The sandbox's films and sounds: right length, right picture, whatever people call themselves."""

import multiprocessing
import re
import subprocess
from pathlib import Path

import imageio_ffmpeg
import pytest

from bots.sandbox import media
from bots.sandbox.media import Line, Piece, Script

# A minute in all: 20 s recorded, 25 s paused, 15 s recorded.
PIECES = [Piece(0, 20), Piece(20, 45, "paused"), Piece(45, 60)]
LINES = [Line(2, 12, "Ana"), Line(10, 30, "Bo"), Line(50, 55, "Ana")]
HOSTILE = [
    "'; drawtext=textfile=/etc/passwd, [in] \\",
    "%{pts} %{metadata:x} %d \\: \\n",
    "two\nlines\r\n\tand\x00more\x1b[31m",
    "😀 日本 \u202egnp.exe \ud800",
    "x" * 10_000,
    "",
]


def run(*arguments) -> subprocess.CompletedProcess:
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-nostdin", "-hide_banner", *arguments]
    return subprocess.run(command, capture_output=True, timeout=30, stdin=subprocess.DEVNULL)


def seconds_of(path: Path) -> float:
    said = run("-i", path).stderr.decode()
    hours, minutes, seconds = re.search(r"Duration: (\d+):(\d+):([\d.]+)", said).groups()
    return int(hours) * 3600 + int(minutes) * 60 + float(seconds)


def frame_at(path: Path, seconds: float) -> bytes:
    """The picture's 640 x 360 grey values."""
    grey = ("-frames:v", "1", "-pix_fmt", "gray", "-f", "rawvideo", "-")
    found = run("-ss", str(seconds), "-i", path, *grey).stdout
    assert len(found) == 640 * 360
    return found


def loudness_db(path: Path, start: float, seconds: float) -> float:
    cut = ("-ss", str(start), "-t", str(seconds), "-i", path)
    said = run(*cut, "-vn", "-af", "volumedetect", "-f", "null", "-").stderr.decode()
    return float(re.search(r"max_volume: (-?[\d.]+|-inf) dB", said).group(1))


@pytest.fixture(scope="module")
def cut(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("media") / "cut.mp4"
    media.film(path, pieces=PIECES, paused="cut", title="Weekly", lines=LINES)
    return path


@pytest.fixture(scope="module")
def black(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("media") / "black.mp4"
    media.film(path, pieces=PIECES, paused="black", title="Weekly", lines=LINES)
    return path


def test_it_cuts_pauses_out_or_keeps_them_black(cut, black):
    assert seconds_of(cut) == pytest.approx(35, abs=0.1)
    assert seconds_of(black) == pytest.approx(60, abs=0.1)


def test_it_shows_the_time_go_by(cut):
    assert frame_at(cut, 14) != frame_at(cut, 16)
    assert max(frame_at(cut, 14)) > 200


def test_it_is_black_and_silent_only_while_paused(black):
    assert max(frame_at(black, 30)) <= 16
    assert max(frame_at(black, 15)) > 200
    assert max(frame_at(black, 47)) > 200
    assert loudness_db(black, 22, 20) < -60


def test_it_sounds_while_someone_speaks(cut):
    assert -40 < loudness_db(cut, 3, 5) < -10
    assert loudness_db(cut, 31, 3) < -60


def test_it_draws_who_speaks(cut):
    def name(seconds: float) -> bytes:
        return frame_at(cut, seconds)[640 * 295 :]

    assert max(name(22)) < 60, "nobody speaks there"
    assert max(name(4)) > 120
    assert name(4) != name(14)


def test_it_makes_an_mp3_as_long_as_the_film(tmp_path):
    path = tmp_path / "sound.mp3"
    media.sound(path, pieces=PIECES, paused="cut", lines=LINES)
    assert seconds_of(path) == pytest.approx(35, abs=0.1)
    assert -40 < loudness_db(path, 3, 5) < -10


@pytest.mark.parametrize("foreign", HOSTILE, ids=range(len(HOSTILE)))
def test_it_draws_foreign_text_as_nothing_but_text(tmp_path, foreign):
    path = tmp_path / "film.mp4"
    media.film(
        path,
        pieces=[Piece(0, 3)],
        paused="cut",
        title=foreign,
        lines=[Line(0, 2, foreign), Line(2, 3, "Bo")],
    )
    assert seconds_of(path) == pytest.approx(3, abs=0.1)
    assert [p.name for p in tmp_path.iterdir()] == ["film.mp4"]
    assert max(frame_at(path, 1)) > 200


def test_it_manages_more_speakers_than_it_draws(tmp_path):
    lines = [Line(i / 10, i / 10 + 0.1, f"Person {i}") for i in range(300)]
    media.film(tmp_path / "f.mp4", pieces=[Piece(0, 30)], paused="cut", title="", lines=lines)
    assert seconds_of(tmp_path / "f.mp4") == pytest.approx(30, abs=0.1)


@pytest.mark.parametrize(
    ("at_s", "when_cut", "when_black"),
    [(0, 0, 0), (12.5, 12.5, 12.5), (20, 20, 20), (30, 20, 30), (45, 20, 45), (50, 25, 50)],
)
def test_it_finds_a_moment_in_the_film(at_s, when_cut, when_black):
    assert media.film_time_s(at_s, pieces=PIECES, paused="cut") == when_cut
    assert media.film_time_s(at_s, pieces=PIECES, paused="black") == when_black


def test_it_leaves_nothing_behind_when_ffmpeg_fails(tmp_path, monkeypatch):
    path = tmp_path / "film.mp4"
    with pytest.raises(media.CannotMake, match="stopped after 0.001 s"):
        media.film(path, pieces=PIECES, paused="cut", title="", timeout_s=0.001)
    broken = tmp_path / "ffmpeg"
    broken.write_text("#!/bin/sh\necho first >&2\necho 'No space left' >&2\nexit 3\n")
    broken.chmod(0o755)
    monkeypatch.setenv("IMAGEIO_FFMPEG_EXE", str(broken))
    with pytest.raises(media.CannotMake, match="ended with 3.\nfirst\nNo space left"):
        media.film(path, pieces=PIECES, paused="cut", title="")
    assert [p.name for p in tmp_path.iterdir()] == ["ffmpeg"]


def keep(folder: Path, answers) -> None:
    path = media.kept(folder, Script((Piece(0, 40),), "cut", "Weekly"), suffix="mp4")
    answers.put((path.name, path.stat().st_ino, path.stat().st_size))


def test_it_is_made_once_when_two_processes_want_it(tmp_path):
    context = multiprocessing.get_context("spawn")
    answers = context.Queue()
    both = [context.Process(target=keep, args=(tmp_path, answers)) for _ in range(2)]
    for process in both:
        process.start()
    first, second = answers.get(timeout=30), answers.get(timeout=30)
    for process in both:
        process.join()
    assert first == second
    assert [p.name for p in tmp_path.glob("*.mp4")] == [first[0]]


def test_it_keeps_the_latest_used_files_within_the_limit(tmp_path):
    def kept(title: str, limit_bytes: int) -> Path:
        script = Script((Piece(0, 2),), "cut", title)
        return media.kept(tmp_path, script, suffix="mp3", limit_bytes=limit_bytes)

    first = kept("first", 10**6)
    size = first.stat().st_size
    second = kept("second", 10**6)
    assert kept("first", 10**6) == first  # used again: now the second is the longest unused
    kept("third", 2 * size)
    assert first.exists()
    assert not second.exists()


def test_it_makes_another_file_when_the_script_changes(tmp_path):
    one = media.kept(tmp_path, Script((Piece(0, 2),), "cut"), suffix="mp3")
    two = media.kept(tmp_path, Script((Piece(0, 3),), "cut"), suffix="mp3")
    assert one != two
    assert media.kept(tmp_path, Script((Piece(0, 2),), "cut"), suffix="mp3") == one


@pytest.mark.parametrize("suffix", ["mp4", "h264"])
@pytest.mark.parametrize("shot", ["webcam", "screenshare"])
@pytest.mark.parametrize("title", ["Ana", *HOSTILE])
def test_it_films_one_person(tmp_path, suffix, shot, title):
    path = tmp_path / f"one.{suffix}"
    lines = [Line(2, 4, title)] if shot == "webcam" else []
    media.film(
        path, pieces=[Piece(0, 6)], paused="cut", title=title, lines=lines, shot=shot, voice=3
    )
    said = run("-i", path).stderr.decode()
    assert "Video: h264" in said
    assert ("Audio: aac" in said) == (suffix == "mp4")
    if suffix == "mp4":
        assert seconds_of(path) == pytest.approx(6, abs=0.1)
        # Someone who speaks has a frame; a screen stands still but for its clock.
        assert (frame_at(path, 3)[:640] != frame_at(path, 1)[:640]) == (shot == "webcam")


@pytest.mark.parametrize(("suffix", "codec"), [("mp3", "mp3"), ("ogg", "opus")])
def test_it_makes_sound_in_each_format(tmp_path, suffix, codec):
    path = tmp_path / f"sound.{suffix}"
    media.sound(path, pieces=PIECES, paused="black", lines=LINES)
    assert f"Audio: {codec}" in run("-i", path).stderr.decode()
    assert seconds_of(path) == pytest.approx(60, abs=0.2)
    assert loudness_db(path, 25, 15) < -50 < loudness_db(path, 3, 5)


def test_raw_sound_is_samples(tmp_path):
    path = tmp_path / "sound.raw"
    media.sound(path, pieces=PIECES, paused="cut", lines=LINES)
    assert path.stat().st_size == 35 * 8000 * 2


def test_a_person_sounds_the_same_alone(tmp_path):
    both, alone = tmp_path / "both.raw", tmp_path / "alone.raw"
    media.sound(both, pieces=[Piece(0, 9)], paused="cut", lines=[Line(0, 3, "A"), Line(4, 8, "B")])
    media.sound(alone, pieces=[Piece(0, 9)], paused="cut", lines=[Line(4, 8, "B")], voice=1)
    second = slice(4 * 16000, 8 * 16000)
    assert both.read_bytes()[second] == alone.read_bytes()[second]
    assert not any(alone.read_bytes()[: 4 * 16000])
