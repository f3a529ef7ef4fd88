"""Makes new people with every expression (Fig. 5).

    exprgan generate --count=600 --output=generated
    exprgan generate --count=60000 --format=tfrecord --output=data/generated

Killed, the same command resumes. A face depends on the seed and its number
alone.
"""

from exprgan_tf.commands.running import run
from exprgan_tf.editing.request import NewFacesRequest

SETTINGS = (NewFacesRequest,)


def main(request):
    from exprgan_tf.editing.new_faces import make_new_faces

    make_new_faces(request)


if __name__ == "__main__":
    run(main, SETTINGS)
