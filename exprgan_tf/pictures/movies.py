"""Films that are read: frames, their times and their colours (PyAV)."""

import contextlib
import dataclasses
import fractions
import itertools
import pathlib

import av
import numpy as np
from av.sidedata.sidedata import Type as SideData
from av.video.reformatter import ColorRange, Colorspace

from exprgan_tf.errors import UserError
from exprgan_tf.pictures import colors

_UNSAID = 2
# Players take an untagged film for HD from this height on.
_HD_HEIGHT = 720
# Fewer of the frames that a file promises were not lost, but cut off.
_LEAST_SHARE = 0.9


@dataclasses.dataclass(frozen=True)
class Look:
    """How the numbers of a film's frames are to be shown.

    Attributes:
        matrix, primaries, transfer: as its tags say, numbers of ITU-T H.273.
        used_matrix: `Colorspace` by which RGB is made of it and it of RGB.
        full_range: whether black is 0 and not 16.
        aspect: width of a pixel over its height.
    """

    matrix: int = _UNSAID
    primaries: int = _UNSAID
    transfer: int = _UNSAID
    used_matrix: Colorspace = Colorspace.ITU601
    full_range: bool = False
    aspect: fractions.Fraction = fractions.Fraction(1)

    @property
    def range(self):
        """The `ColorRange`."""
        return ColorRange.JPEG if self.full_range else ColorRange.MPEG


class Movie:
    """A film that is read frame by frame, as often as it is iterated.

    Frames are uint8 `[h, w, 3]`, turned and mirrored as the file says, over
    white where they are transparent.

    Args:
        path: of the file.

    Raises:
        UserError: when it is missing, no film that can be read, or one that
            would come back changed (HDR, interlaced); while it is iterated,
            when it is cut off.
    """

    def __init__(self, path):
        self.path = pathlib.Path(path)
        if not self.path.is_file():
            raise UserError(f"{path} does not exist")
        with self.opened() as container:
            stream = video_of(container)
            frame = None
            if stream is not None:
                frame = next(_decoded(container, stream), None)
            if frame is None:
                raise UserError(f"{path} is not a film that can be read")
            self.time_base = stream.time_base
            self.start = container.start_time or 0
            self.has_sound = sound_of(container) is not None
            self.fps = float(stream.average_rate or stream.guessed_rate or 25)
            self._promised = stream.frames
            length = (stream.duration and float(
                stream.duration * stream.time_base
            )) or (container.duration or 0) / av.time_base
            # What the file says; it may be some frames off.
            self.about_frames = stream.frames or max(
                round(length * self.fps), 1
            )
        self._turns, self._mirrored = _placing(frame)
        self.look = self._look(frame, stream.codec_context)
        self.height, self.width = self._upright(frame).shape[:2]
        self._times = None

    def opened(self):
        """The container; a path of any name, and no address."""
        try:
            return av.open(str(self.path.absolute()))
        except (av.error.FFmpegError, OSError):
            raise UserError(
                f"{self.path} is not a film that can be read"
            ) from None

    @property
    def times(self):
        """When each frame is shown, in units of `time_base`, ascending."""
        if self._times is None:
            for _ in self:
                pass
        return self._times

    def __iter__(self):
        times = []
        with self.opened() as container:
            for frame in _decoded(container, video_of(container)):
                picture = self._upright(frame)
                if picture.shape[:2] != (self.height, self.width):
                    raise UserError(
                        f"{self.path}: the size of its frames changes after "
                        f"{len(times)}; cut it there"
                    )
                times.append(self._time(frame, times))
                yield picture
        # Where a file has none of their own (AVI), frames have the times of
        # their packets, which come in another order.
        times = list(itertools.accumulate(
            sorted(times), lambda before, time: max(time, before + 1)
        ))
        if len(times) < _LEAST_SHARE * self._promised:
            raise UserError(
                f"{self.path} is cut off or damaged: {len(times)} of "
                f"{self._promised} frames can be read; copy it again"
            )
        self._times = times

    def _time(self, frame, times):
        """What the file says, or a step after the frame before."""
        if frame.pts is None:
            step = 1 / (self.fps * self.time_base)
            return round((times[-1] if times else 0) + step)
        return frame.pts - round(self.start / av.time_base / self.time_base)

    def _upright(self, frame):
        transparent = any(part.is_alpha for part in frame.format.components)
        picture = frame.reformat(
            format="rgba" if transparent else "rgb24",
            src_colorspace=self.look.used_matrix,
            src_color_range=self.look.range,
            dst_color_range=ColorRange.JPEG,
        ).to_ndarray()
        if transparent:
            picture = colors.over_white(picture[..., :3], picture[..., 3])
        if self._mirrored:
            picture = picture[:, ::-1]
        return np.ascontiguousarray(np.rot90(picture, self._turns))

    def _look(self, frame, context):
        if frame.interlaced_frame:
            raise UserError(
                f"{self.path} is interlaced; make it progressive first "
                "(ffmpeg -i FILM -vf yadif OUT.mp4)"
            )
        transfer = int(context.color_trc)
        if transfer in colors.HDR:
            raise UserError(
                f"{self.path} is an HDR film ({colors.HDR[transfer]}), which "
                "would lose its brightness; save it as SDR first"
            )
        matrix = int(context.colorspace)
        known = {
            1: Colorspace.ITU709, 4: Colorspace.FCC, 7: Colorspace.SMPTE240M,
            9: getattr(Colorspace, "BT2020", Colorspace.ITU709),
            _UNSAID: Colorspace.ITU709 if frame.height >= _HD_HEIGHT
            else Colorspace.ITU601,
        }
        aspect = context.sample_aspect_ratio or fractions.Fraction(1)
        if self._turns % 2:
            aspect = 1 / aspect
        return Look(
            matrix, int(context.color_primaries), transfer,
            known.get(matrix, Colorspace.ITU601),
            int(context.color_range) == 2 or "yuvj" in frame.format.name,
            aspect,
        )


def video_of(container):
    """Its first stream of pictures that is no cover; None without one."""
    return next((
        stream for stream in container.streams.video
        if not stream.disposition & av.stream.Disposition.attached_pic
    ), None)


def sound_of(container):
    """The stream of sound that players choose; None without one."""
    return container.streams.best("audio")


def _placing(frame):
    """How a frame is to be shown: mirrored first, then turned.

    Returns:
        Quarter turns to the left, and whether left and right change places.
    """
    matrix = frame.side_data.get(SideData.DISPLAYMATRIX)
    if matrix is None:
        return 0, False
    # Of QuickTime: points are rows, and y goes down.
    axes = np.frombuffer(bytes(matrix), "int32").reshape(3, 3)[:2, :2].T
    mirrored = bool(np.linalg.det(axes.astype(float)) < 0)
    right, down = axes[:, 0] * (-1 if mirrored else 1)
    return round(-np.degrees(np.arctan2(down, right)) / 90) % 4, mirrored


def _decoded(container, stream):
    """Its frames; what is damaged is left out."""
    stream.thread_type = "AUTO"
    packets = container.demux(stream)
    while True:
        try:
            packet = next(packets)
        except StopIteration:
            return
        except (av.error.FFmpegError, OSError):
            return
        with contextlib.suppress(av.error.FFmpegError):
            yield from packet.decode()
