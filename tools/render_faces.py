"""`exprgan render-faces`, from a checkout."""

from exprgan_tf.commands.render_faces import SETTINGS, main
from exprgan_tf.commands.running import run

if __name__ == "__main__":
    run(main, SETTINGS)
