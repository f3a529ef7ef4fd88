"""Films as phones, cameras and archives make them come back as they were."""

import contextlib
import fractions
import pathlib
import struct

import av
import numpy as np
import pytest

from exprgan_tf.errors import UserError
from exprgan_tf.pictures.movie_files import write_movie
from exprgan_tf.pictures.movies import Movie

SECOND = 90_000


def make_film(path, times=range(0, SECOND, SECOND // 12), size=(64, 48),
              sound=None, codec="libx264", **look):
    """Writes a film of flat frames: times in 1/90000 s, tags as in `look`."""
    with av.open(str(path), "w") as output:
        stream = output.add_stream(codec, rate=12)
        context = stream.codec_context
        context.width, context.height = size
        context.pix_fmt = "yuv420p"
        context.time_base = fractions.Fraction(1, SECOND)
        for name, value in look.items():
            setattr(context, name, value)
        heard = sound and output.add_stream(sound, rate=48_000)
        for number, time in enumerate(times):
            pixels = np.full((size[1], size[0], 3), (199, 39, 40), "uint8")
            pixels[:, : 4 + 2 * number] = (60, 90, 200)
            frame = av.VideoFrame.from_ndarray(pixels, "rgb24").reformat(
                format="yuv420p", dst_colorspace=look.get("colorspace", 5)
            )
            frame.pts, frame.time_base = time, context.time_base
            output.mux(stream.encode(frame))
        output.mux(stream.encode())
        if heard:
            wave = np.sin(np.arange(48_000) / 20)[None].astype("float32")
            layout = heard.codec_context.layout.name
            frame = av.AudioFrame.from_ndarray(wave, "fltp", "mono")
            frame.sample_rate = 48_000
            resampler = av.AudioResampler(
                heard.codec_context.format, layout, 48_000,
                heard.codec_context.frame_size or None,
            )
            for part in [*resampler.resample(frame), *resampler.resample(None)]:
                output.mux(heard.encode(part))
            output.mux(heard.encode())
    return path


def again(path, output):
    """The film, read and written unedited."""
    film = Movie(path)
    write_movie(output, iter(film), film.fps, film)
    return film, Movie(output)


def seconds(film):
    return [float(time * film.time_base) for time in film.times]


def test_frames_of_uneven_length_keep_their_times(tmp_path):
    times = [0, 3_000, 6_000, 30_000, 33_000, 90_000, 171_000]
    before, after = again(
        make_film(tmp_path / "phone.mp4", times), tmp_path / "out.mp4"
    )
    assert seconds(before) == pytest.approx([t / SECOND for t in times])
    assert seconds(after) == pytest.approx(seconds(before), abs=1e-3)


@pytest.mark.parametrize("matrix", [1, 5])
def test_colours_and_their_tags_stay(matrix, tmp_path):
    before, after = again(make_film(
        tmp_path / "in.mp4", colorspace=matrix, color_primaries=matrix,
        color_trc=1,
    ), tmp_path / "out.mp4")
    assert after.look == before.look
    assert before.look.matrix == matrix
    for one, other in zip(before, after, strict=True):
        assert np.abs(one[:, -8:].astype(int) - (199, 39, 40)).max() <= 2
        assert np.abs(one[:, -8:].astype(int) - other[:, -8:]).max() <= 2


def test_wide_pixels_stay_wide(tmp_path):
    _, after = again(make_film(
        tmp_path / "in.mp4", sample_aspect_ratio=fractions.Fraction(4, 3)
    ), tmp_path / "out.mp4")
    assert after.look.aspect == fractions.Fraction(4, 3)


@pytest.mark.parametrize("sound, expected", [
    ("aac", "aac"), ("mp3", "mp3"), ("pcm_s16le", "aac"),
])
def test_sound_is_copied_or_coded_anew(sound, expected, tmp_path):
    _, after = again(
        make_film(tmp_path / "in.mkv", sound=sound), tmp_path / "out.mp4"
    )
    assert after.has_sound
    with av.open(str(after.path)) as container:
        stream = container.streams.audio[0]
        assert stream.codec_context.codec.canonical_name == expected
        samples = sum(frame.samples for frame in container.decode(stream))
        assert abs(samples - 48_000) < 0.1 * 48_000
        assert abs(float(stream.start_time * stream.time_base)) < 0.1


def test_a_film_that_lies_is_turned_upright(tmp_path):
    path = make_film(tmp_path / "in.mp4")
    turned = tmp_path / "turned.mov"
    with av.open(str(path)) as source, av.open(str(turned), "w") as output:
        stream = output.add_stream_from_template(source.streams.video[0])
        stream.set_display_rotation(90)
        for packet in source.demux(source.streams.video[0]):
            if packet.dts is not None:
                packet.stream = stream
                output.mux(packet)
    film = Movie(turned)
    assert (film.width, film.height) == (48, 64)
    picture = next(iter(film))
    # What was at the left lies below after a quarter turn to the left.
    assert picture[-2, 20, 2] > 150 and picture[2, 20, 0] > 150


@pytest.mark.parametrize("right", [(1, 0), (0, 1), (-1, 0), (0, -1)])
@pytest.mark.parametrize("mirrored", [False, True])
def test_a_film_is_turned_and_mirrored_as_it_says(right, mirrored, tmp_path):
    """All eight ways; front cameras mirror."""
    down = np.array((-right[1], right[0])) * (-1 if mirrored else 1)
    blocks = np.random.default_rng(0).integers(40, 220, (3, 4, 1), "uint8")
    picture = blocks.repeat(16, 0).repeat(16, 1).repeat(3, 2)
    path = tmp_path / "in.mp4"
    write_movie(path, [picture] * 3, 10)
    # The matrix of the track is the last one: where x and y lead.
    content, one = path.read_bytes(), struct.pack(">i", 1 << 16)
    place = content.rindex(one + bytes(12) + one)
    matrix = struct.pack(">5i", *(
        value << 16 for value in (*map(int, right), 0, *map(int, down))
    ))
    path.write_bytes(
        content[:place] + matrix + content[place + len(matrix):]
    )
    y, x = np.indices(picture.shape[:2])
    to_x, to_y = (right[axis] * x + down[axis] * y for axis in (0, 1))
    to_x, to_y = to_x - to_x.min(), to_y - to_y.min()
    expected = np.zeros((to_y.max() + 1, to_x.max() + 1, 3), int)
    expected[to_y, to_x] = picture

    found = next(iter(Movie(path)))

    assert found.shape == expected.shape
    assert np.abs(found - expected).mean() < 3


def test_transparent_frames_show_no_hidden_colours(tmp_path):
    path = tmp_path / "in.mov"
    pixels = np.full((48, 64, 4), (10, 200, 30, 255), "uint8")
    pixels[:, 32:, 3] = 0
    with av.open(str(path), "w") as output:
        stream = output.add_stream("qtrle", rate=12)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "argb"
        frame = av.VideoFrame.from_ndarray(pixels, "rgba")
        output.mux(stream.encode(frame.reformat(format="argb")))
        output.mux(stream.encode())
    found = next(iter(Movie(path)))
    assert np.all(found[:, 32:] == 255)
    assert np.all(found[:, :32] == (10, 200, 30))


def test_frames_without_times_of_their_own_come_evenly(tmp_path):
    """AVI has the order of packets only, which is not that of frames."""
    path = tmp_path / "in.avi"
    rng = np.random.default_rng(0)
    with av.open(str(path), "w") as output:
        stream = output.add_stream(
            "libx264", rate=25, options={"bf": "3", "b-adapt": "0"}
        )
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for _ in range(40):
            noise = rng.integers(0, 255, (48, 64, 3), "uint8")
            output.mux(stream.encode(
                av.VideoFrame.from_ndarray(noise, "rgb24")
            ))
        output.mux(stream.encode())
    times = seconds(Movie(path))
    assert np.diff(times) == pytest.approx([0.04] * 39)
    assert 0 <= times[0] <= 0.05


def test_the_sound_that_players_choose_is_kept(tmp_path):
    path = make_film(tmp_path / "in.mp4", sound="aac")
    two = tmp_path / "two.mkv"
    with av.open(str(path)) as source, av.open(str(two), "w") as output:
        video, sound = source.streams.video[0], source.streams.audio[0]
        copies = [output.add_stream_from_template(video)]
        first = output.add_stream("flac", rate=48_000, layout="mono")
        copies.append(output.add_stream_from_template(sound))
        copies[1].disposition = av.stream.Disposition.default
        first.disposition = av.stream.Disposition(0)
        for packet in source.demux(video, sound):
            if packet.dts is not None:
                packet.stream = copies[packet.stream is sound]
                output.mux(packet)
        output.mux(first.encode(None))
    again(two, tmp_path / "out.mp4")
    with av.open(str(tmp_path / "out.mp4")) as found:
        assert found.streams.audio[0].codec_context.name == "aac"


def test_a_name_with_a_colon_is_no_address(tmp_path, monkeypatch):
    make_film(tmp_path / "12.mp4").rename(tmp_path / "12:30.mp4")
    monkeypatch.chdir(tmp_path)
    assert len(list(Movie("12:30.mp4"))) == 12


def test_what_would_come_back_changed_is_refused(tmp_path):
    for name, look, reason in (
        ("pq", {"color_trc": 16}, "HDR"), ("hlg", {"color_trc": 18}, "HDR"),
    ):
        path = make_film(tmp_path / f"{name}.mp4", **look)
        with pytest.raises(UserError, match=f"{name}.mp4.*{reason}"):
            Movie(path)


def test_a_film_that_was_cut_off_is_told(tmp_path):
    path = tmp_path / "in.mp4"
    rng = np.random.default_rng(0)
    write_movie(path, rng.integers(0, 255, (24, 64, 64, 3), "uint8"), 12)
    whole = path.read_bytes()
    # The table of frames first, as films for the web have it; then the end
    # is lost.
    quick = tmp_path / "quick.mp4"
    with av.open(str(path)) as source, av.open(
        str(quick), "w", options={"movflags": "faststart"}
    ) as output:
        stream = output.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(source.streams.video[0]):
            if packet.dts is not None:
                packet.stream = stream
                output.mux(packet)
    quick.write_bytes(quick.read_bytes()[: len(whole) // 3])
    with pytest.raises(UserError, match=r"quick\.mp4 is cut off.* of 24 "):
        list(Movie(quick))


def test_a_full_disk_is_one_line_and_leaves_nothing(tmp_path, monkeypatch):
    """What the file refuses, and not the library, is heard."""
    from exprgan_tf.pictures import movie_files

    @contextlib.contextmanager
    def full(path, record=None):
        yield pathlib.Path("/dev/full")

    monkeypatch.setattr(movie_files, "whole_file", full)
    noise = np.random.default_rng(0).integers(0, 255, (9, 64, 64, 3), "uint8")
    with pytest.raises(UserError, match=r"cannot be written: .*No space left"):
        write_movie(tmp_path / "film.mp4", noise, 10)
    assert not list(tmp_path.iterdir())
