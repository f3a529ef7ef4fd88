"""Gives a face the expression of another (Fig. 4).

    exprgan transfer --identity=anna.jpg --expression=ben.jpg \\
        --output=transferred

A classifier says which expression B shows and Q reads its code c_B. A motion
network (--motion_model, or the one that comes along) moves A's photograph as
it says; without one G_dec decodes it with the identity code of A. Folders
give the full matrix. Train the classifier with `exprgan train
--stage=classifier`, or say with --label what B shows.
"""

from exprgan_tf.commands.running import run
from exprgan_tf.editing.transfer_request import TransferRequest

SETTINGS = (TransferRequest,)


def main(request):
    from exprgan_tf.editing.transferring import transfer

    return transfer(request)


if __name__ == "__main__":
    run(main, SETTINGS)
