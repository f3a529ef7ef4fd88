"""Renders labelled faces from a clone of ICT-FaceKit.

    git clone https://github.com/ICT-VGL/ICT-FaceKit
    pip install 'exprgan_tf[render]'
    exprgan render-faces --ict_model=ICT-FaceKit/FaceXModel --output=faces \\
        --subjects=100 --per_expression=3

The ICT Face Model Light is under the MIT License, (c) 2020 USC Institute for
Creative Technologies. The output folder has `images/` and a `manifest.csv`
for make-tfrecords, with expression, intensity, shape weights, head pose and
landmarks of every image. The last tenth of the subjects is the test split;
everybody has one image in the reference split `neutral`. --ladders adds a
reference split `ladder`: every test subject, each expression at 0.2 to 1 in
one view.

A killed run is continued by the same command. The images depend on the flags
alone, not on the number of processes.
"""

import pathlib

from exprgan_tf.commands.running import run
from exprgan_tf.rendering.settings import RenderRequest, Settings

SETTINGS = (RenderRequest, Settings)


def main(request, settings):
    from exprgan_tf.rendering.dataset import render_dataset

    splits = render_dataset(
        pathlib.Path(request.ict_model), pathlib.Path(request.output),
        settings, request.workers, request.overwrite,
    )
    for split, count in sorted(splits.items()):
        print(f"{split}: {count} images")
    print(f"manifest: {request.output}/manifest.csv")


if __name__ == "__main__":
    run(main, SETTINGS)
