"""Films in and out."""

import numpy as np
import pytest
from commands import visible
from conftest import edits
from PIL import Image
from test_alignment import faces  # noqa: F401

from exprgan_tf.editing.films import edit_film
from exprgan_tf.editing.photographs import edit_photographs
from exprgan_tf.errors import UserError
from exprgan_tf.pictures.movie_files import write_movie
from exprgan_tf.pictures.movies import Movie

FPS = 12.5


def frames_of(path):
    return [frame.astype(int) for frame in Movie(path)]


@pytest.fixture(scope="module")
def clip(faces, tmp_path_factory):  # noqa: F811
    """A face moves to the right over a wall; the last frames show none."""
    wall = np.full((160, 240, 3), (90, 110, 100), "uint8")
    frames = []
    for step in range(8):
        frame = Image.fromarray(wall)
        if step < 6:
            frame.paste(Image.fromarray(faces[0]), (20 + 6 * step, 14))
        frames.append(np.asarray(frame))
    path = tmp_path_factory.mktemp("clip") / "clip.mp4"
    write_movie(path, frames, FPS)
    return path


def test_every_frame_with_a_face_is_edited(model, clip, tmp_path):
    edit_film(model, clip, edits(
        tmp_path, "sad", intensities=(0.8,), refine="none"
    ))

    assert visible(tmp_path) == ["clip_sad_0.80.mp4"]
    film = Movie(tmp_path / "clip_sad_0.80.mp4")
    assert film.fps == pytest.approx(FPS)
    before, after = frames_of(clip), frames_of(film.path)
    assert len(after) == len(before) == 8
    for step in range(8):
        changed = np.abs(after[step] - before[step]).mean(axis=2)
        face = changed[50:130, 50 + 6 * step : 120 + 6 * step]
        if step < 6:
            assert face.mean() > 3
        # The rest is what a second encoding makes of it.
        assert changed[:, 200:].mean() < 1.5
    assert np.abs(after[7] - before[7]).mean() < 1.5


def test_the_sound_goes_along(model, clip, tmp_path):
    import subprocess

    import imageio_ffmpeg

    ffmpeg = imageio_ffmpeg.get_ffmpeg_exe()
    loud = tmp_path / "loud.mp4"
    subprocess.run([
        ffmpeg, "-loglevel", "error", "-i", clip, "-f", "lavfi", "-i",
        "sine=duration=0.6", "-c:v", "copy", "-c:a", "aac", loud,
    ], check=True)

    edit_film(model, loud, edits(tmp_path, "sad", refine="none"))

    about = subprocess.run(
        [ffmpeg, "-i", tmp_path / "loud_sad_1.00.mp4"], capture_output=True,
        text=True,
    ).stderr
    assert "Audio: aac" in about
    assert Movie(loud).has_sound
    assert not Movie(clip).has_sound


def test_a_film_without_a_face(model, tmp_path):
    write_movie(
        tmp_path / "wall.mp4", [np.full((64, 80, 3), 120, "uint8")] * 3, 10
    )
    with pytest.raises(UserError, match=r"wall\.mp4: no face found"):
        edit_film(
            model, tmp_path / "wall.mp4", edits(tmp_path / "out", "sad")
        )
    assert not (tmp_path / "out").exists()


def test_what_films_do_not_have_is_refused(model, clip, tmp_path):
    for wrong in ({"faces": "all"}, {"levels": True}):
        with pytest.raises(UserError, match="is for photographs"):
            edit_film(model, clip, edits(tmp_path, "sad", **wrong))


def test_no_film(tmp_path):
    (tmp_path / "text.mp4").write_text("no film")
    for name in ("text.mp4", "missing.mp4"):
        with pytest.raises(UserError, match=name):
            Movie(tmp_path / name)


def test_odd_sides_are_made_even(tmp_path):
    frames = np.random.default_rng(0).integers(0, 255, (4, 33, 47, 3), "uint8")
    write_movie(tmp_path / "odd.mp4", frames, 10)
    film = Movie(tmp_path / "odd.mp4")
    assert (film.height, film.width) == (34, 48)
    assert len(list(film)) == 4


def test_a_film_that_fails_leaves_nothing(tmp_path):
    def frames():
        yield np.zeros((32, 32, 3), "uint8")
        raise UserError("stop")

    with pytest.raises(UserError, match="stop"):
        write_movie(tmp_path / "broken.mp4", frames(), 10)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("kind", ["gif", "mp4"])
def test_sweeps(kind, model, faces, tmp_path):  # noqa: F811
    Image.fromarray(faces[0]).save(tmp_path / "anna.png")

    failed = edit_photographs(model, [tmp_path / "anna.png"], edits(
        tmp_path / "out", "neutral", "sad", intensities=(0.6,),
        refine="none", format=kind, frames=5, fps=10, paste_back=True,
    ))

    assert failed == 0
    assert visible(tmp_path / "out") == [
        f"anna_sad.{kind}", f"anna_sad_photo.{kind}"
    ]
    if kind == "gif":
        with Image.open(tmp_path / "out" / "anna_sad.gif") as film:
            assert film.size == (32, 32)
            durations = []
            # Pillow makes one of frames that are alike.
            for frame in range(film.n_frames):
                film.seek(frame)
                durations.append(film.info["duration"])
            assert sum(durations) == 500
    else:
        assert len(frames_of(tmp_path / "out" / "anna_sad_photo.mp4")) == 5


def test_no_films_on_contact_sheets(model, tmp_path):
    with pytest.raises(UserError, match="--contact_sheet"):
        edit_photographs(model, [tmp_path / "a.png"], edits(
            tmp_path, "sad", format="gif", contact_sheet=True
        ))


def test_a_sweep_goes_there_and_back():
    steps = edits("out", "sad", intensities=(0.2, 0.8), frames=8).steps
    assert steps[0] == 0
    assert steps.max() == steps[4] == pytest.approx(0.8)
    np.testing.assert_allclose(steps[1:4], steps[7:4:-1])
