"""TFRecord files of `tf.train.Example`, read without TensorFlow."""

import mmap
import struct

import google_crc32c
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

from exprgan_tf.errors import UserError

# The fields of example.proto and feature.proto that a record has. A map is
# sent as repeated pairs.
_MESSAGES = {
    "BytesList": [("value", 1, "bytes", True)],
    "FloatList": [("value", 1, "float", True)],
    "Feature": [("bytes_list", 1, "BytesList", False),
                ("float_list", 2, "FloatList", False)],
    "Entry": [("key", 1, "string", False), ("value", 2, "Feature", False)],
    "Features": [("feature", 1, "Entry", True)],
    "Example": [("features", 1, "Features", False)],
}


def _example_class():
    field = descriptor_pb2.FieldDescriptorProto
    types = {"bytes": field.TYPE_BYTES, "float": field.TYPE_FLOAT,
             "string": field.TYPE_STRING}
    file = descriptor_pb2.FileDescriptorProto(
        name="exprgan_tf/example.proto", package="exprgan_tf", syntax="proto3"
    )
    for name, fields in _MESSAGES.items():
        message = file.message_type.add(name=name)
        for label, number, kind, repeated in fields:
            made = message.field.add(
                name=label, number=number,
                label=field.LABEL_REPEATED if repeated
                else field.LABEL_OPTIONAL,
                type=types.get(kind, field.TYPE_MESSAGE),
            )
            if kind not in types:
                made.type_name = f".exprgan_tf.{kind}"
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(
        pool.FindMessageTypeByName("exprgan_tf.Example")
    )


_Example = _example_class()


class Records:
    """The records of TFRecord files, by number, in the order of the files.

    A record is a dict: "image" bytes, "subject" and "expression" strings,
    "intensity" a float, -1 when unknown, "motion" bytes and "photograph" a
    string, both empty when there is none. Files are mapped into memory, so
    that only what is asked for is read.

    Args:
        paths: the files.

    Raises:
        UserError: naming the first file, and later the first record, that
            is damaged.
    """

    def __init__(self, paths):
        self._places = [
            (path, *place) for path in paths for place in _places(path)
        ]

    def __len__(self):
        return len(self._places)

    def __getitem__(self, number):
        path, data, start, length = self._places[number]
        value = data[start : start + length]
        if _checksum(value) != _unpack("<I", data, start + length, path):
            raise _damaged(path)
        features = {
            entry.key: entry.value
            for entry in _Example.FromString(value).features.feature
        }
        known = features.get("intensity")

        def value_of(name):
            given = features.get(name)
            return given.bytes_list.value[0] if given else b""

        return {
            "image": value_of("image"),
            "subject": value_of("subject").decode(),
            "expression": value_of("expression").decode(),
            "intensity": known.float_list.value[0] if known else -1.0,
            "motion": value_of("motion"),
            "photograph": value_of("photograph").decode(),
        }


def _places(path):
    """The mapped file, and start and length, of each record of a file.

    A record: length, its checksum (4 bytes), the data, its checksum.
    """
    with open(path, "rb") as file:
        try:
            data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        except ValueError:
            raise _damaged(path) from None
    position = 0
    while position < len(data):
        length = _unpack("<Q", data, position, path)
        if _checksum(data[position : position + 8]) != _unpack(
            "<I", data, position + 8, path
        ):
            raise _damaged(path)
        yield data, position + 12, length
        position += 16 + length


def _unpack(form, data, position, path):
    try:
        return struct.unpack_from(form, data, position)[0]
    except struct.error:
        raise _damaged(path) from None


def _checksum(value):
    """CRC-32C, masked as TFRecord files hold it."""
    crc = google_crc32c.value(value)
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF


def _damaged(path):
    return UserError(f"{path} is damaged: make or copy the shard again")
