"""Which triangle each pixel shows, normals, shadows and blur."""

import numpy as np

from exprgan_tf.rendering.jit import kernel


def pixel_buffers(height, width):
    """Empty buffers of `rasterize`: 1/depth, triangle, two weights."""
    return (
        np.zeros((height, width), "float32"),
        np.full((height, width), -1, "int32"),
        np.zeros((height, width), "float32"),
        np.zeros((height, width), "float32"),
    )


@kernel
def rasterize(x, y, nearness, triangles, z_buffer, shown, second, third):
    """Fills the buffers with the nearest triangle of each pixel.

    Args:
        x, y: float32 `[v]`, pixels; the first pixel's centre is at 0.5.
        nearness: float32 `[v]`, larger is nearer, linear on the screen.
        triangles: int32 `[t, 3]`.
        z_buffer: nearness so far; 0 where nothing is.
        shown: triangle of each pixel; -1 where nothing is.
        second, third: weights of its second and third corner.
    """
    height, width = z_buffer.shape
    for t in range(triangles.shape[0]):
        i, j, k = triangles[t, 0], triangles[t, 1], triangles[t, 2]
        x0, y0, x1, y1, x2, y2 = x[i], y[i], x[j], y[j], x[k], y[k]
        area = (x1 - x0) * (y2 - y0) - (x2 - x0) * (y1 - y0)
        if abs(area) < 1e-9:
            continue
        left = max(0, int(np.ceil(min(x0, x1, x2) - 0.5)))
        right = min(width - 1, int(np.floor(max(x0, x1, x2) - 0.5)))
        top = max(0, int(np.ceil(min(y0, y1, y2) - 0.5)))
        bottom = min(height - 1, int(np.floor(max(y0, y1, y2) - 0.5)))
        for r in range(top, bottom + 1):
            for c in range(left, right + 1):
                px, py = c + 0.5, r + 0.5
                u = ((px - x0) * (y2 - y0) - (x2 - x0) * (py - y0)) / area
                v = ((x1 - x0) * (py - y0) - (px - x0) * (y1 - y0)) / area
                if u < -1e-6 or v < -1e-6 or u + v > 1.000001:
                    continue
                z = (1 - u - v) * nearness[i] + u * nearness[j]
                z += v * nearness[k]
                if z > z_buffer[r, c]:
                    z_buffer[r, c] = z
                    shown[r, c] = t
                    second[r, c] = u
                    third[r, c] = v


@kernel
def vertex_normals(vertices, triangles):
    """Unit normals `[v, 3]`: means of those around, weighted by area."""
    normals = np.zeros_like(vertices)
    for t in range(triangles.shape[0]):
        i, j, k = triangles[t, 0], triangles[t, 1], triangles[t, 2]
        a0 = vertices[j, 0] - vertices[i, 0]
        a1 = vertices[j, 1] - vertices[i, 1]
        a2 = vertices[j, 2] - vertices[i, 2]
        b0 = vertices[k, 0] - vertices[i, 0]
        b1 = vertices[k, 1] - vertices[i, 1]
        b2 = vertices[k, 2] - vertices[i, 2]
        n0, n1, n2 = a1 * b2 - a2 * b1, a2 * b0 - a0 * b2, a0 * b1 - a1 * b0
        for q in (i, j, k):
            normals[q, 0] += n0
            normals[q, 1] += n1
            normals[q, 2] += n2
    for q in range(vertices.shape[0]):
        length = np.sqrt(
            normals[q, 0] ** 2 + normals[q, 1] ** 2 + normals[q, 2] ** 2
        ) + np.float32(1e-12)
        for a in range(3):
            normals[q, a] /= length
    return normals


@kernel
def soft_shadow(x, y, height_to_light, depth_map, triangles, pixels, out):
    """Share of the key light that reaches each pixel, into `out`.

    Args:
        x, y: float32 `[v]`, vertices on the light's depth map, pixels.
        height_to_light: float32 `[v]`, centimetres towards the light.
        depth_map: float32 `[s, s]`, the largest of them at each point.
        triangles: int32 `[t, 3]`.
        pixels: shown triangle, its two weights (perspective corrected).
        out: float32 `[h, w]`, 1 is lit.
    """
    shown, second, third = pixels
    side = depth_map.shape[0]
    for r in range(shown.shape[0]):
        for c in range(shown.shape[1]):
            t = shown[r, c]
            if t < 0:
                out[r, c] = 1
                continue
            i, j, k = triangles[t, 0], triangles[t, 1], triangles[t, 2]
            u, v = second[r, c], third[r, c]
            s = 1 - u - v
            px = s * x[i] + u * x[j] + v * x[k]
            py = s * y[i] + u * y[j] + v * y[k]
            z = s * height_to_light[i] + u * height_to_light[j]
            z += v * height_to_light[k]
            dark = np.float32(0)
            for dy in range(-3, 4, 2):
                for dx in range(-3, 4, 2):
                    mx = min(side - 1, max(0, int(px + dx)))
                    my = min(side - 1, max(0, int(py + dy)))
                    above = (depth_map[my, mx] - z) / np.float32(0.35) - 1
                    dark += min(np.float32(1), max(np.float32(0), above))
            out[r, c] = 1 - np.float32(0.75 / 16) * dark


@kernel
def corrected_weights(shown, second, third, z_buffer, nearness, triangles):
    """Turns the weights on the screen into those on the triangle."""
    for r in range(shown.shape[0]):
        for c in range(shown.shape[1]):
            t = shown[r, c]
            if t >= 0:
                second[r, c] *= nearness[triangles[t, 1]] / z_buffer[r, c]
                third[r, c] *= nearness[triangles[t, 2]] / z_buffer[r, c]


@kernel
def _blur_columns(image, taps, out):
    height, width = image.shape
    reach = taps.shape[0] // 2
    for r in range(height):
        for c in range(width):
            out[r, c] = 0
        for d in range(-reach, reach + 1):
            row = min(height - 1, max(0, r + d))
            tap = taps[d + reach]
            for c in range(width):
                out[r, c] += tap * image[row, c]


def blur(image, sigma):
    """Gaussian blur of float32 `[h, w]`; the edge rows are repeated."""
    reach = max(round(3 * sigma), 1)
    taps = np.exp(-0.5 * (np.arange(-reach, reach + 1) / sigma) ** 2)
    taps = (taps / taps.sum()).astype("float32")
    for _ in range(2):
        out = np.empty_like(image)
        _blur_columns(image, taps, out)
        image = np.ascontiguousarray(out.T)
    return image
