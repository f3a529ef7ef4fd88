"""`python -m exprgan_tf`: the command `exprgan`."""

from exprgan_tf.commands.exprgan import main

main()
