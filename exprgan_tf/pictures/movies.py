"""Moving pictures in and out: ffmpeg (by imageio-ffmpeg) and Pillow."""

import pathlib

import imageio_ffmpeg
import numpy as np
from PIL import Image

from exprgan_tf.errors import UserError
from exprgan_tf.support.atomic import whole_file

SUFFIXES = (".mp4", ".mov", ".avi", ".mkv", ".webm", ".m4v")
# x264 at a quality of 0 to 10.
_QUALITY = 8


class Movie:
    """A film that is read frame by frame, as often as it is iterated.

    Frames are uint8 `[h, w, 3]`, turned upright as the file says.

    Args:
        path: of the file.

    Raises:
        UserError: when it is missing, or no film that ffmpeg reads.
    """

    def __init__(self, path):
        self.path = pathlib.Path(path)
        if not self.path.is_file():
            raise UserError(f"{path} does not exist")
        frames = imageio_ffmpeg.read_frames(str(path))
        try:
            about = next(frames)
        except (OSError, RuntimeError, StopIteration, IndexError):
            raise UserError(
                f"{path} is not a film that can be read"
            ) from None
        finally:
            frames.close()
        self.fps = about["fps"]
        self.width, self.height = about["size"]
        self.has_sound = bool(about.get("audio_codec"))
        # What the file says; it may be some frames off.
        self.about_frames = max(round(about["duration"] * self.fps), 1)

    def __iter__(self):
        frames = imageio_ffmpeg.read_frames(str(self.path))
        next(frames)
        for frame in frames:
            yield np.frombuffer(frame, "uint8").reshape(
                self.height, self.width, 3
            )


def write_movie(path, frames, fps, sound=None, record=None):
    """Writes a GIF that repeats for ever, or an MP4 (H.264, yuv420p).

    It appears only when whole. An MP4 is written as its frames come; its
    sides are made even by repeating the last row or column.

    Args:
        path: ends with .gif or .mp4.
        frames: an iterable of uint8 `[h, w, 3]`, all of one size.
        fps: frames a second.
        sound: a file whose sound goes along unchanged; None for none.
        record: as for `whole_file`.

    Raises:
        UserError: when it cannot be written.
    """
    path = pathlib.Path(path)
    write = _write_gif if path.suffix == ".gif" else _write_mp4
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with whole_file(path, record) as partial:
            write(partial, frames, fps, sound)
    except OSError as error:
        reason = str(error).strip().split("\n")[0]
        raise UserError(f"{path} cannot be written: {reason}") from None


def _write_gif(path, frames, fps, sound):
    del sound
    first, *others = [Image.fromarray(frame) for frame in frames]
    # Milliseconds; the format counts in hundredths of a second.
    first.save(
        path, save_all=True, append_images=others, loop=0,
        duration=max(round(100 / fps), 2) * 10,
    )


def _write_mp4(path, frames, fps, sound):
    writer = None
    options = {}
    if sound is not None:
        options = {"audio_path": str(sound), "audio_codec": "copy"}
    try:
        for frame in frames:
            height, width = frame.shape[:2]
            frame = np.pad(
                frame, ((0, height % 2), (0, width % 2), (0, 0)), "edge"
            )
            if writer is None:
                writer = imageio_ffmpeg.write_frames(
                    str(path), frame.shape[1::-1], fps=fps, codec="libx264",
                    quality=_QUALITY, macro_block_size=1, **options,
                )
                writer.send(None)
            writer.send(np.ascontiguousarray(frame))
    finally:
        if writer is not None:
            writer.close()
