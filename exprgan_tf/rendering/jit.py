"""The compiler of the pixel loops, and what to do when it is missing."""

from exprgan_tf.errors import UserError

try:
    from numba import njit
except ImportError as error:
    raise UserError(
        f"rendering needs numba ({error}): "
        "pip install 'exprgan_tf[render]'"
    ) from None


def kernel(function):
    """Compiles a loop; kept on disk, so that workers do not compile again.

    Without `fastmath`: sums keep their order, hence an image its bytes.
    """
    try:
        return njit(cache=True, error_model="numpy")(function)
    except RuntimeError:
        # No folder to keep it in, such as on a read-only file system.
        return njit(error_model="numpy")(function)
