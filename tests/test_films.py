"""What ffmpeg makes of a film: a picture, a clip."""

from pathlib import Path

import imageio_ffmpeg
import pytest

from bots import films
from bots.pictures import size_of
from bots.sandbox import media

# Ten seconds that are recorded, ten that are paused and black, ten that are recorded.
PIECES = [media.Piece(0, 10), media.Piece(10, 20, "paused"), media.Piece(20, 30)]


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path: Path = tmp_path_factory.mktemp("films") / "fi lm;$(x).mp4"
    media.film(path, pieces=PIECES, paused="black", title="Weekly")
    return path


def length_s(path: Path) -> float:
    return float(imageio_ffmpeg.count_frames_and_secs(str(path))[1])


def test_it_takes_a_frame_as_a_small_jpeg(film: Path) -> None:
    picture = films.poster(film, at_s=3)

    assert size_of(picture) == (640, 360)
    assert len(picture) <= 40_000
    assert not films.is_black(picture)


def test_it_knows_a_black_frame(tmp_path: Path) -> None:
    made = films._run(
        *("-f", "lavfi", "-i", "color=c=black:s=64x36", "-frames:v", "1"),
        *("-f", "image2pipe", "-c:v", "mjpeg", "-pix_fmt", "yuvj420p", "pipe:1"),
    )

    assert films.is_black(made)


def test_it_refuses_a_moment_behind_the_end(film: Path) -> None:
    with pytest.raises(films.CannotMake):
        films.poster(film, at_s=300)


def test_it_refuses_what_is_no_film(tmp_path: Path) -> None:
    (tmp_path / "no.mp4").write_text("#EXTM3U\nhttp://127.0.0.1:9/secret.ts\n")

    with pytest.raises(films.CannotMake):
        films.poster(tmp_path / "no.mp4", at_s=0)
    with pytest.raises(films.CannotMake):
        films.poster(tmp_path / "missing.mp4", at_s=0)


def test_it_cuts_a_clip(film: Path, tmp_path: Path) -> None:
    films.clip(film, tmp_path / "clip.mp4", start_s=5, end_s=12)

    assert length_s(tmp_path / "clip.mp4") == pytest.approx(7, abs=1)
    assert [path.name for path in tmp_path.iterdir()] == ["clip.mp4"]


def test_it_leaves_nothing_behind_where_a_clip_cannot_be_made(film: Path, tmp_path: Path) -> None:
    for start_s, end_s in ((5, 5), (9, 3)):
        with pytest.raises(films.CannotMake):
            films.clip(film, tmp_path / "clip.mp4", start_s=start_s, end_s=end_s)
    (tmp_path / "broken.mp4").write_bytes(b"no film")
    with pytest.raises(films.CannotMake):
        films.clip(tmp_path / "broken.mp4", tmp_path / "clip.mp4", start_s=0, end_s=3)

    assert [path.name for path in tmp_path.iterdir()] == ["broken.mp4"]
