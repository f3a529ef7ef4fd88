"""Films that are written: GIF (Pillow) and MP4 (PyAV)."""

import contextlib
import fractions
import itertools
import pathlib

import av
import numpy as np
from av.video.reformatter import ColorRange
from PIL import Image

from exprgan_tf.errors import UserError
from exprgan_tf.pictures.movies import Look, sound_of
from exprgan_tf.support.atomic import whole_file

# x264's rate factor: what is not edited differs by a level or two. Its usual
# preset takes more than twice the time for files a sixth smaller, if they are.
_QUALITY = {"crf": "11", "preset": "veryfast"}
# Sound that MP4 holds and browsers play; other is coded anew.
_COPIED = ("aac", "mp3", "opus", "flac", "alac", "ac3", "eac3")
_CODED, _BITS = "aac", 192_000
_RATES = (48_000, 44_100, 32_000, 24_000, 22_050, 16_000)
# Of a made film: so fine that every frame rate is exact enough.
_TICKS = 90_000


def write_movie(path, frames, fps, film=None, record=None):
    """Writes a GIF that repeats for ever, or an MP4 (H.264, yuv420p).

    It appears only when whole. An MP4 is written as its frames come; its
    sides are made even by repeating the last row or column.

    Args:
        path: ends with .gif or .mp4.
        frames: an iterable of uint8 `[h, w, 3]`, all of one size.
        fps: frames a second.
        film: a `Movie` whose frames, edited, these are: its times, colours,
            pixel shape and sound are kept. None: none of them.
        record: as for `whole_file`.

    Raises:
        UserError: when it cannot be written.
    """
    path = pathlib.Path(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with whole_file(path, record) as partial:
            if path.suffix == ".gif":
                _write_gif(partial, frames, fps)
            else:
                _write_mp4(partial, frames, fps, film)
    except (av.error.FFmpegError, OSError) as error:
        reason = str(error).strip().split("\n")[0]
        raise UserError(f"{path} cannot be written: {reason}") from None


def _write_gif(path, frames, fps):
    first, *others = [Image.fromarray(frame) for frame in frames]
    # Milliseconds; the format counts in hundredths of a second.
    first.save(
        path, save_all=True, append_images=others, loop=0,
        duration=max(round(100 / fps), 2) * 10,
    )


def _write_mp4(path, frames, fps, film):
    frames = iter(frames)
    first = next(frames)
    # A file object, whose errors (a full disk) are heard.
    with path.open("wb") as file, av.open(file, "w", format="mp4") as output:
        video = _Video(output, first, fps, film)
        sound = _Sound(output, film) if film and film.has_sound else None
        for frame in itertools.chain([first], frames):
            time = video.add(frame)
            if sound:
                sound.copy_until(time)
        video.end()
        if sound:
            sound.end()


class _Video:
    """The pictures of an MP4."""

    def __init__(self, output, frame, fps, film):
        self.look = film.look if film else Look()
        height, width = frame.shape[:2]
        if film:
            self.times, self.base = film.times, film.time_base
        else:
            self.times, self.base = None, fractions.Fraction(1, _TICKS)
        self.output, self.step = output, 1 / (fps * self.base)
        # A frame is shown until the next; the last as long as they are.
        self.durations = {
            time: after - time
            for time, after in itertools.pairwise(self.times or ())
        }
        self.stream = output.add_stream(
            "libx264", rate=fractions.Fraction(fps).limit_denominator(100_000),
            options=_QUALITY,
        )
        context = self.stream.codec_context
        context.width, context.height = width + width % 2, height + height % 2
        context.pix_fmt, context.time_base = "yuv420p", self.base
        context.sample_aspect_ratio = self.look.aspect
        context.colorspace = self.look.matrix
        context.color_primaries = self.look.primaries
        context.color_trc = self.look.transfer
        context.color_range = self.look.range
        self.number = 0

    def add(self, pixels):
        """Adds a frame; seconds at which it is shown."""
        height, width = pixels.shape[:2]
        pixels = np.pad(
            pixels, ((0, height % 2), (0, width % 2), (0, 0)), "edge"
        )
        frame = av.VideoFrame.from_ndarray(
            np.ascontiguousarray(pixels), "rgb24"
        ).reformat(
            format="yuv420p", dst_colorspace=self.look.used_matrix,
            src_color_range=ColorRange.JPEG, dst_color_range=self.look.range,
        )
        frame.pts, frame.time_base = self._time(self.number), self.base
        self.number += 1
        self._mux(self.stream.encode(frame))
        return float(frame.pts * self.base)

    def end(self):
        self._mux(self.stream.encode())

    def _time(self, number):
        if self.times is not None and number < len(self.times):
            return self.times[number]
        if self.times:
            return round(self.times[-1] + self.step)
        return round(number * self.step)

    def _mux(self, packets):
        for packet in packets:
            packet.duration = self.durations.get(packet.pts, round(self.step))
            packet.stream = self.stream
            self.output.mux(packet)


class _Sound:
    """The sound of a film, copied, or coded anew where it has to be.

    It is read beside the pictures, so that no film has to fit in memory.
    """

    def __init__(self, output, film):
        self.output, self.film = output, film
        self.source = film.opened()
        stream = sound_of(self.source)
        coded = stream.codec_context.codec.canonical_name
        self.is_copied = coded in _COPIED
        if self.is_copied:
            self.stream = output.add_stream_from_template(stream)
        else:
            rate = stream.codec_context.sample_rate
            rate = rate if rate in _RATES else _RATES[0]
            layout = "mono" if stream.codec_context.channels == 1 else "stereo"
            self.stream = output.add_stream(_CODED, rate=rate, layout=layout)
            self.stream.codec_context.bit_rate = _BITS
            self.resampler = av.AudioResampler("fltp", layout, rate)
        self.shift = round(film.start / av.time_base / stream.time_base)
        self.packets = self.source.demux(stream)
        self.waiting = None

    def copy_until(self, seconds):
        """Writes what is heard until then."""
        while True:
            packet, self.waiting = self.waiting, None
            if packet is None:
                packet = next(self.packets, None)
            if packet is None:
                return
            if packet.dts is not None and seconds < float(
                (packet.dts - self.shift) * packet.time_base
            ):
                self.waiting = packet
                return
            if self.is_copied:
                self._copy(packet)
            else:
                self._code(packet)

    def end(self):
        """Writes the rest."""
        self.copy_until(float("inf"))
        if not self.is_copied:
            for frame in self.resampler.resample(None):
                self.output.mux(self.stream.encode(frame))
            self.output.mux(self.stream.encode())
        self.source.close()

    def _copy(self, packet):
        # The last one, empty, only ends the reading.
        if packet.dts is None:
            return
        packet.pts, packet.dts = (
            packet.pts - self.shift, packet.dts - self.shift
        )
        packet.stream = self.stream
        self.output.mux(packet)

    def _code(self, packet):
        with contextlib.suppress(av.error.InvalidDataError):
            for frame in packet.decode():
                if frame.pts is not None:
                    frame.pts -= self.shift
                for part in self.resampler.resample(frame):
                    self.output.mux(self.stream.encode(part))
