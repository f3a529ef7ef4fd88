"""Head pose, light and camera: from a person's weights to an image."""

import numpy as np

from exprgan_tf.rendering.expressions import wrinkle_strengths
from exprgan_tf.rendering.fields import srgb, unit
from exprgan_tf.rendering.rasterizer import (
    blur,
    corrected_weights,
    pixel_buffers,
    rasterize,
    soft_shadow,
    vertex_normals,
)
from exprgan_tf.rendering.shading import CAMERA, shade, wrinkled

# Of the image's side: row of the eyes, and distance between them.
EYE_ROW = 48 / 128
EYE_DISTANCE = 36 / 128
_SAMPLES = 4  # a side of a pixel
_LIGHT_MAP = 320  # side of the light's depth map
_LIGHT_MAP_WIDTH = 34.0  # centimetres that it shows

FRONTAL = {
    "yaw": 0.0, "pitch": 0.0, "roll": 0.0, "dx": 0.0, "dy": 0.0,
    "gaze_x": 0.0, "gaze_y": 0.0, "key": (0.4, 0.6, 1.0), "power": 1.0,
    "background": 1.0,
}


def sample_view(generator):
    """Pose, gaze and light of one photograph.

    Returns:
        yaw, pitch and roll in degrees; dx and dy, how far the face is off
        its place, in 128ths of the side; gaze; the key light's direction,
        power and the background's brightness.
    """
    def off(scale, most, mean=0.0):
        return float(np.clip(generator.normal(mean, scale), -most, most))

    return {
        "yaw": off(3.0, 7), "pitch": off(2.0, 5), "roll": off(1.3, 3),
        "dx": off(0.5, 1), "dy": off(0.5, 1),
        "gaze_x": off(0.03, 0.06), "gaze_y": off(0.02, 0.05, -0.01),
        "key": (
            generator.choice([-1, 1]) * generator.uniform(0.15, 0.65),
            generator.uniform(0.40, 0.75), 1.0,
        ),
        "power": generator.uniform(0.86, 1.02),
        "background": generator.uniform(0.92, 1.08),
    }


def render(model, maps, subject, weights, view, image_size):
    """Renders a person under shape weights.

    Args:
        model: the `FaceModel`.
        maps: its `PaintMaps`.
        subject: a `Subject` of the model.
        weights: `{shape: weight}`.
        view: as `sample_view` gives it.
        image_size: side in pixels.

    Returns:
        uint8 `[s, s, 3]`, and `[70, 2]`, x and y in pixels of the model's 68
        landmarks and the centres of the left and right eyeball (the
        person's); the first pixel's centre is at 0.
    """
    side = image_size * _SAMPLES
    head = subject.vertices.copy()
    count = len(model.neutral)
    head[:count] = model.deform(head[:count], weights)
    turn = _rotation(view["yaw"], view["pitch"], view["roll"])
    world = _turned(head, turn)
    nearness = 1 / (CAMERA - world[:, 2])
    eyes = _turned(subject.eye_centres, turn)
    x, y = _project(world, eyes, view, side)
    buffers = pixel_buffers(side, side)
    rasterize(x, y, nearness, subject.triangles, *buffers)
    z_buffer, shown, second, third = buffers
    corrected_weights(shown, second, third, z_buffer, nearness,
                      subject.triangles)
    pixels = shown, second, third
    key = unit(view["key"])
    shadow = _shadow(
        world, subject.triangles, key, pixels, model.topology.face_vertices
    )
    rows = np.linspace(1.12, 0.82, side, dtype="float32")[:, None, None]
    image = np.empty((side, side, 3), "float32")
    image[:] = subject.traits.background * rows * np.float32(
        view["background"]
    )
    landmarks = head[model.landmarks]
    shade(
        pixels,
        (subject.triangles, subject.parts, subject.corner_uv, head, world,
         vertex_normals(world, subject.triangles)),
        (_skin_texture(maps, subject, weights), subject.skin.gloss,
         subject.hair_field, subject.strand, subject.traits.skin,
         subject.traits.hair),
        (subject.eye_centres, _gaze(weights, view), _lids(landmarks),
         subject.traits.iris, np.float32(subject.traits.iris_radius),
         np.float32(subject.traits.pupil_radius),
         landmarks[[51, 57], 2].mean()),
        _lights(key, np.float32(view["power"])),
        blur(shadow, 0.9 * side / 128),
        _occlusion(z_buffer, shown),
        image,
    )
    image = image.reshape(
        image_size, _SAMPLES, image_size, _SAMPLES, 3
    ).mean((1, 3))
    marks = np.concatenate([
        np.stack([x, y], 1)[model.landmarks],
        np.stack(_project(eyes, eyes, view, side), 1),
    ])
    return _developed(image), marks / _SAMPLES - 0.5


def _rotation(yaw, pitch, roll):
    yaw, pitch, roll = np.deg2rad([yaw, pitch, roll])
    turns = []
    for angle, (a, b) in ((roll, (0, 1)), (yaw, (2, 0)), (pitch, (1, 2))):
        turn = np.eye(3)
        turn[a, a] = turn[b, b] = np.cos(angle)
        turn[a, b], turn[b, a] = -np.sin(angle), np.sin(angle)
        turns.append(turn)
    return (turns[0] @ turns[1] @ turns[2]).astype("float32")


def _turned(points, turn):
    """Points `[n, 3]` turned; summed in one order on any machine."""
    return (
        points[:, :1] * turn[:, 0] + points[:, 1:2] * turn[:, 1]
        + points[:, 2:] * turn[:, 2]
    )


def _project(world, eyes, view, side):
    """x and y `[v]` on the screen, the eyes where every image has them."""
    eye_depth = CAMERA - eyes[:, 2]
    span = np.linalg.norm(eyes[0] - eyes[1]) / eye_depth.mean()
    scale = EYE_DISTANCE * side / span
    depth = CAMERA - world[:, 2]
    x = world[:, 0] / depth - (eyes[:, 0] / eye_depth).mean()
    y = (eyes[:, 1] / eye_depth).mean() - world[:, 1] / depth
    return (
        (x * scale + side * (0.5 + view["dx"] / 128)).astype("float32"),
        (y * scale + side * (EYE_ROW + view["dy"] / 128)).astype("float32"),
    )


def _skin_texture(maps, subject, weights):
    strengths = wrinkle_strengths(weights)
    bands = [band for band in maps.wrinkles if max(strengths[band]) > 0]
    texture = subject.skin.texture
    if not bands:
        return texture
    out = np.empty_like(texture)
    wrinkled(
        texture, subject.skin.bare,
        np.stack([maps.wrinkles[band] for band in bands]),
        np.array([strengths[band] for band in bands], "float32"),
        maps.points[..., 0] > 0, out,
    )
    return out


def _gaze(weights, view):
    """Directions `[2, 3]` of both eyes: the view's, moved by the shapes."""
    gaze = []
    for side, sign in (("L", 1), ("R", -1)):
        look = {
            way: weights.get(f"eyeLook{way}_{side}", 0.0)
            for way in ("Up", "Down", "In", "Out")
        }
        gaze.append(unit([
            view["gaze_x"] + sign * 0.45 * (look["Out"] - look["In"]),
            view["gaze_y"] + 0.40 * (look["Up"] - look["Down"]), 1,
        ]))
    return np.stack(gaze)


def _lids(landmarks):
    """`[2, 2, 4, 3]`: left and right eye, upper and lower lid."""
    return landmarks[[
        [[42, 43, 44, 45], [42, 47, 46, 45]],
        [[36, 37, 38, 39], [36, 41, 40, 39]],
    ]]


def _lights(key, power):
    colors = np.float32([
        (1.0, 0.96, 0.90), (0.26, 0.27, 0.29), (0.42, 0.43, 0.46),
        (0.22, 0.20, 0.19),
    ]) * power
    fill = unit([-key[0], 0.1, 1.2])
    return key, colors[0], fill, colors[1], colors[2], colors[3]


def _shadow(world, triangles, key, pixels, face_vertices):
    """Soft shadow of the key light, from what the light sees."""
    across = unit(np.cross([0, 1, 0], key))
    up = unit(np.cross(key, across))
    x, y, height = _turned(world, np.stack([across, up, key])).T
    scale = np.float32(_LIGHT_MAP / _LIGHT_MAP_WIDTH)
    x = (x - x[:face_vertices].mean()) * scale + _LIGHT_MAP / 2
    y = (y - y[:face_vertices].mean()) * scale + _LIGHT_MAP / 2
    height = np.ascontiguousarray(height) + np.float32(100)
    buffers = pixel_buffers(_LIGHT_MAP, _LIGHT_MAP)
    x, y = x.astype("float32"), y.astype("float32")
    rasterize(x, y, height, triangles, *buffers)
    shadow = np.empty(pixels[0].shape, "float32")
    soft_shadow(x, y, height, buffers[0], triangles, pixels, shadow)
    return shadow


def _occlusion(z_buffer, shown):
    """Share of ambient light: less where the surroundings are nearer.

    At half the samples, which is fine for what is blurred.
    """
    side = shown.shape[0] // 2
    visible = (shown >= 0).astype("float32")
    depth = visible / np.maximum(z_buffer, 1e-6)
    visible, depth = (
        values.reshape(side, 2, side, 2).mean((1, 3))
        for values in (visible, depth)
    )
    own = depth / np.maximum(visible, 1e-3)
    occlusion = np.zeros_like(depth)
    for sigma, strength in ((1.6, 0.85), (4.5, 0.30)):
        sigma = sigma * side / 128
        mean = blur(depth, sigma) / np.maximum(blur(visible, sigma), 1e-3)
        occlusion += strength * np.clip(own - mean, 0, 1.6)
    light = np.clip(1 - occlusion, 0.15, 1).astype("float32")
    return light.repeat(2, 0).repeat(2, 1)


def _developed(image):
    """From light to uint8: a film's shoulder, and its lost saturation."""
    image = 1 - np.exp(-1.2 * image)
    image = np.clip(1.18 * image - 0.18 * image.mean(2, keepdims=True), 0, 1)
    return srgb(image)
