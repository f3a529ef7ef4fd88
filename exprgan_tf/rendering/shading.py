"""The color of every pixel: materials, lights and wrinkles."""

import numpy as np

from exprgan_tf.rendering.jit import kernel
from exprgan_tf.rendering.topology import (
    EYE_LEFT,
    EYE_RIGHT,
    FACE,
    GUMS,
    HEAD,
    LONG_HAIR,
    SOCKET,
    TEETH,
)

CAMERA = 90.0  # distance of the camera from the head's origin, centimetres


@kernel
def _smooth(low, high, x):
    t = min(1.0, max(0.0, (x - low) / (high - low)))
    return t * t * (3 - 2 * t)


@kernel
def wrinkled(texture, bare, maps, strengths, middle, out):
    """The skin's texture with the wrinkles of an expression.

    Args:
        texture: float32 `[s, s, 3]`, linear RGB.
        bare: float32 `[s, s]`, 0 where hair covers the skin.
        maps: float32 `[m, s, s]` in [0, 1].
        strengths: float32 `[m, 2]`, left and right.
        middle: bool `[s, s]`, True on the person's left.
        out: like texture.
    """
    for r in range(texture.shape[0]):
        for c in range(texture.shape[1]):
            side = 0 if middle[r, c] else 1
            depth = np.float32(0)
            for m in range(maps.shape[0]):
                depth += strengths[m, side] * maps[m, r, c]
            depth = min(np.float32(0.6), depth * bare[r, c])
            out[r, c, 0] = texture[r, c, 0] * (1 - np.float32(0.85) * depth)
            out[r, c, 1] = texture[r, c, 1] * (1 - depth)
            out[r, c, 2] = texture[r, c, 2] * (1 - depth)


@kernel
def _texel(texture, u, v, color):
    """Bilinear `texture` at (u, v) in [0, 1], into `color`; its row, column."""
    x = u * texture.shape[1] - 0.5
    y = v * texture.shape[0] - 0.5
    c = min(texture.shape[1] - 2, max(0, int(x)))
    r = min(texture.shape[0] - 2, max(0, int(y)))
    fx = min(1.0, max(0.0, x - c))
    fy = min(1.0, max(0.0, y - r))
    for a in range(3):
        color[a] = (
            (1 - fy) * ((1 - fx) * texture[r, c, a]
                        + fx * texture[r, c + 1, a])
            + fy * ((1 - fx) * texture[r + 1, c, a]
                    + fx * texture[r + 1, c + 1, a])
        )
    return r, c


@kernel
def _height_of_lid(lid, x, missing):
    """Height of a lid's polyline `[4, 2 or 3]` above x."""
    height = missing
    for m in range(3):
        x0, x1 = lid[m, 0], lid[m + 1, 0]
        if (x - x0) * (x - x1) <= 0:
            f = (x - x0) / (x1 - x0 + 1e-9)
            height = lid[m, 1] * (1 - f) + lid[m + 1, 1] * f
    return height


@kernel
def _eye_color(point, centre, gaze, iris, iris_radius, pupil_radius, color):
    dx, dy = point[0] - centre[0], point[1] - centre[1]
    dz = point[2] - centre[2]
    length = np.sqrt(dx * dx + dy * dy + dz * dz) + 1e-9
    along = (dx * gaze[0] + dy * gaze[1] + dz * gaze[2]) / length
    radius = 1.55 * np.sqrt(max(0.0, 1 - along * along))
    angle = np.arctan2(dy - length * gaze[1], dx - length * gaze[0])
    white = 0.58 - 0.10 * _smooth(0.7, 1.4, radius)
    fibre = 1 + 0.18 * np.sin(17 * angle + 1.3) * np.sin(7 * angle)
    ring = radius / iris_radius
    inside = 1 - _smooth(iris_radius * 0.93, iris_radius * 1.06, radius)
    if along <= 0:
        inside = 0.0
    pupil = 1 - _smooth(pupil_radius * 0.85, pupil_radius * 1.15, radius)
    for a in range(3):
        tint = 1.0 if a == 0 else (0.93 if a == 1 else 0.90)
        colored = iris[a] * fibre * (0.75 + 0.55 * _smooth(0.35, 0.8, ring))
        colored *= 1 - 0.7 * _smooth(0.8, 1.0, ring)
        colored = colored * (1 - pupil) + 0.006 * pupil
        color[a] = white * tint * (1 - inside) + colored * inside


@kernel
def shade(pixels, mesh, surface, eyes, light, shadow, occlusion, out):
    """Colors the pixels that show something, in linear RGB.

    Args:
        pixels: shown triangle int32 `[h, w]`, weights of its second and third
            corner on the triangle, float32 `[h, w]`.
        mesh: triangles, their parts, corner_uv, vertices in the head's frame,
            in the camera's frame, and normals in the camera's frame.
        surface: texture, gloss `[s, s]`, vertices' hair field and strand
            brightness `[v]`, colors of skin and hair `[3]`.
        eyes: centres `[2, 3]`, gaze `[2, 3]`, lids `[2, 2, 4, 3]` (eye, upper
            or lower, along the lid), iris color, iris and pupil radius,
            and how far forward the lips are.
        light: direction and color of key and fill, color of sky and ground.
        shadow: float32 `[h, w]`, share of the key light.
        occlusion: float32 `[h, w]`, share of the ambient light.
        out: float32 `[h, w, 3]`.
    """
    shown, second, third = pixels
    triangles, parts, corner_uv, head, world, normals = mesh
    texture, gloss_map, hair_field, strand, skin, hair = surface
    centres, gazes, lids, iris, iris_radius, pupil_radius, lip_z = eyes
    key, key_color, fill, fill_color, sky, ground = light
    n = np.zeros(3, np.float32)
    p = np.zeros(3, np.float32)
    q = np.zeros(3, np.float32)
    albedo = np.zeros(3, np.float32)
    skin_wrap = np.array([0.34, 0.24, 0.20], np.float32)
    for r in range(shown.shape[0]):
        for c in range(shown.shape[1]):
            t = shown[r, c]
            if t < 0:
                continue
            i, j, k = triangles[t, 0], triangles[t, 1], triangles[t, 2]
            u, v = second[r, c], third[r, c]
            s = 1 - u - v
            for a in range(3):
                n[a] = s * normals[i, a] + u * normals[j, a]
                n[a] += v * normals[k, a]
                p[a] = s * head[i, a] + u * head[j, a] + v * head[k, a]
                q[a] = s * world[i, a] + u * world[j, a] + v * world[k, a]
            length = np.sqrt(n[0] ** 2 + n[1] ** 2 + n[2] ** 2) + 1e-9
            vx, vy, vz = -q[0], -q[1], CAMERA - q[2]
            far = np.sqrt(vx * vx + vy * vy + vz * vz)
            vx, vy, vz = vx / far, vy / far, vz / far
            for a in range(3):
                n[a] /= length
            part = parts[t]
            is_skin = part in (FACE, HEAD)
            is_eye = part in (EYE_LEFT, EYE_RIGHT)
            if not is_skin and n[0] * vx + n[1] * vy + n[2] * vz < 0:
                for a in range(3):
                    n[a] = -n[a]
            strength, gloss, dim = 0.035, 18.0, 1.0
            if part == FACE:
                row, column = _texel(
                    texture,
                    s * corner_uv[t, 0, 0] + u * corner_uv[t, 1, 0]
                    + v * corner_uv[t, 2, 0],
                    s * corner_uv[t, 0, 1] + u * corner_uv[t, 1, 1]
                    + v * corner_uv[t, 2, 1],
                    albedo,
                )
                strength = gloss_map[row, column]
                gloss = 16.0 if strength < 0.09 else 30.0
            elif part in (HEAD, LONG_HAIR):
                field = s * hair_field[i] + u * hair_field[j]
                field += v * hair_field[k]
                covered = _smooth(-0.5, 0.5, field)
                shine = s * strand[i] + u * strand[j] + v * strand[k]
                for a in range(3):
                    albedo[a] = skin[a] * (1 - covered)
                    albedo[a] += hair[a] * shine * covered
                strength = 0.02 + 0.03 * covered
                gloss = 12.0
            elif part == SOCKET:
                albedo[0], albedo[1], albedo[2] = 0.42, 0.17, 0.14
                dim = 0.7
            elif is_eye:
                e = part - EYE_LEFT
                _eye_color(p, centres[e], gazes[e], iris, iris_radius,
                           pupil_radius, albedo)
                upper = _height_of_lid(lids[e, 0], p[0], -1e9)
                lower = _height_of_lid(lids[e, 1], p[0], 1e9)
                dim = 0.6
                if upper > -1e8:
                    dim = 0.5 + 0.5 * _smooth(0.0, 0.42, upper - p[1])
                if lower < 1e8:
                    dim *= 0.8 + 0.2 * _smooth(0.0, 0.2, p[1] - lower)
                else:
                    dim *= 0.9
                strength, gloss = 0.0, 1.0
            else:
                depth = max(0.0, lip_z - 0.45 - p[2])
                if part == TEETH:
                    albedo[0], albedo[1], albedo[2] = 0.74, 0.68, 0.57
                    dim = np.exp(-0.30 * depth)
                    strength, gloss = 0.12, 40.0
                elif part == GUMS:
                    albedo[0], albedo[1], albedo[2] = 0.46, 0.15, 0.14
                    dim = 0.75 * np.exp(-0.34 * depth)
                else:
                    albedo[0], albedo[1], albedo[2] = 0.24, 0.06, 0.05
                    dim = 0.55 * np.exp(-0.40 * depth)
            to_key = n[0] * key[0] + n[1] * key[1] + n[2] * key[2]
            to_fill = n[0] * fill[0] + n[1] * fill[1] + n[2] * fill[2]
            lit = shadow[r, c]
            hx, hy, hz = key[0] + vx, key[1] + vy, key[2] + vz
            half = (n[0] * hx + n[1] * hy + n[2] * hz) / np.sqrt(
                hx * hx + hy * hy + hz * hz
            )
            half = max(0.0, half)
            highlight = strength * half ** gloss * lit
            up = 0.5 + 0.5 * n[1]
            open_ = occlusion[r, c]
            for a in range(3):
                wrap = skin_wrap[a] if is_skin else 0.15
                by_key = max(0.0, (to_key + wrap) / (1 + wrap))
                by_fill = max(0.0, (to_fill + 0.3) / 1.3)
                # Light bleeds through skin into the red of a shadow's edge.
                reached = lit if a else lit + 0.10 * (1 - lit)
                total = key_color[a] * by_key * reached
                total += fill_color[a] * by_fill * (0.6 + 0.4 * open_)
                total += (sky[a] * up + ground[a] * (1 - up)) * open_
                out[r, c, a] = (
                    albedo[a] * total * dim * (0.55 + 0.45 * open_)
                    + highlight * key_color[a] * dim
                )
            if is_eye:
                glint = _smooth(0.9935, 0.9985, half) * 0.5
                glint *= 1.0 if dim > 0.62 else 0.3
                for a in range(3):
                    out[r, c, a] += glint * key_color[a]
