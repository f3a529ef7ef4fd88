"""Requests and files that nobody would make on purpose."""

import json
import os
import resource
import struct

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

# Of the counts that stand in the tests: EXPRGAN_FUZZ=0.1 tries a tenth.
SHARE = float(os.environ.get("EXPRGAN_FUZZ", "1"))
# What may be kept of tries: caches that fill, fragments.
MOST_GROWTH = 200

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text()
    | st.sampled_from(["", "\0", "../x", "a" * 300, 10**400, -1, 0, 1e308]),
    lambda inner: st.lists(inner, max_size=4)
    | st.dictionaries(st.text(max_size=9), inner, max_size=4),
    max_leaves=12,
)
_NUMBERS = st.sampled_from([
    struct.pack(form, value) for form in (">I", "<I", ">H", "<H", ">Q")
    for value in (0, 1, 127, 128, 255, 32767, 65535)
]) | st.just(b"\xff" * 4) | st.just(b"\x80" + bytes(3))


@st.composite
def damaged(draw, data, most=4):
    """Bytes that were cut, overwritten, doubled or mixed up in places."""
    data = bytearray(data)
    for _ in range(draw(st.integers(1, most))):
        # Heads and ends of files say most about the rest.
        place = draw(st.one_of(
            st.integers(0, len(data)), st.integers(0, min(len(data), 200)),
            st.integers(max(len(data) - 200, 0), len(data)),
        ))
        end = min(place + draw(st.integers(1, 64)), len(data))
        match draw(st.integers(0, 5)):
            case 0:
                del data[place:]
            case 1:
                del data[place:end]
            case 2:
                data[place:place] = data[place:end] * draw(st.integers(1, 9))
            case 3:
                number = draw(_NUMBERS)
                data[place : place + len(number)] = number
            case 4:
                data[place:place] = draw(st.binary(max_size=40))
            case _:
                other = draw(st.integers(0, len(data)))
                data[place:end] = data[other : other + end - place]
    return bytes(data)


@st.composite
def damaged_json(draw, values):
    """The text of an object with a value that is another, or gone."""
    values = json.loads(json.dumps(values))
    for _ in range(draw(st.integers(1, 3))):
        place = values
        for _ in range(draw(st.integers(0, 3))):
            inner = [
                key for key in (
                    place if isinstance(place, dict) else range(len(place))
                ) if isinstance(place[key], dict | list) and place[key]
            ]
            if not inner:
                break
            place = place[draw(st.sampled_from(inner))]
        keys = list(place) if isinstance(place, dict) else range(len(place))
        if not keys:
            continue
        key = draw(st.sampled_from(list(keys)))
        if draw(st.booleans()):
            place[key] = draw(JSON)
        else:
            del place[key]
    return json.dumps(values).encode()


def memory():
    """Megabytes of this process."""
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * resource.getpagesize() // 2**20


def try_many(count, made, attempt):
    """Calls a function with what a strategy makes; memory must not grow.

    Args:
        count: how often, of which `SHARE` is done.
        made: the strategy.
        attempt: raises when something is wrong.
    """
    used = []

    # Making a failing one small would take longer than all others.
    @settings(
        max_examples=max(int(count * SHARE), 5), deadline=None, database=None,
        phases=[Phase.generate], suppress_health_check=list(HealthCheck),
    )
    @given(made)
    def run(value):
        attempt(value)
        used.append(memory())

    run()
    quarter = used[len(used) // 4]
    print(f"{len(used)} tries, {used[0]}, {quarter}, {used[-1]} MB")
    assert used[-1] - quarter < MOST_GROWTH
