"""Gives a face the expression of another (Fig. 4).

    exprgan transfer --identity=anna.jpg --expression=ben.jpg \\
        --output=transferred

A classifier says which expression B shows, Q reads its code c_B, and G_dec
decodes it with the identity code of A. Folders give the full matrix. Train
the classifier with `exprgan train --stage=classifier`, or say with --label
what B shows.
"""

from exprgan_tf.commands.running import run
from exprgan_tf.editing.request import TransferRequest

SETTINGS = (TransferRequest,)


def main(request):
    from exprgan_tf.editing.transferring import transfer

    return transfer(request)


if __name__ == "__main__":
    run(main, SETTINGS)
