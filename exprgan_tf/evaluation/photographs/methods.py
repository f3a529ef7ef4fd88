"""The columns of the report: ways to edit the face of a photograph."""

from exprgan_tf.animation.recipes import EXPRESSIONS
from exprgan_tf.config import NEUTRAL, Config
from exprgan_tf.config_motion import MOTION
from exprgan_tf.editing.animated import AnimatedFace
from exprgan_tf.editing.late import decoding_editors
from exprgan_tf.editing.networked import NetworkFace
from exprgan_tf.errors import UserError
from exprgan_tf.evaluation.editors import COPY
from exprgan_tf.evaluation.request import ANIMATE, METHODS
from exprgan_tf.model_files.heads import motion_file


class Method:
    """One way.

    Args:
        name: what the column is called.
        config: the `Config` with which a face is cut out for it.
        expressions: names of those that it can be asked for.
        edits: a function from a `Face` to what edits it, see
            `editing.editors`; it raises `UserError` for a face that it does
            not take.
    """

    def __init__(self, name, config, expressions, edits):
        self.name = name
        self.config = config
        self.expressions = tuple(
            expression for expression in expressions if expression != NEUTRAL
        )
        self.edits = edits

    @classmethod
    def motion(cls, model):
        """That of a `MotionModel`."""
        return cls(
            MOTION, model.config, model.config.classes,
            lambda face: NetworkFace(model, face),
        )

    @classmethod
    def animate(cls):
        """That of the face model; it refuses faces that it cannot move."""
        return cls(
            ANIMATE, Config(), EXPRESSIONS,
            lambda face: AnimatedFace.of(face, EXPRESSIONS),
        )

    @classmethod
    def decoder(cls, name, model, refine):
        """That of an `ExprGAN`.

        Raises:
            UserError: when it edits no faces, or knows no expressions.
        """
        if not (model.encodes and model.knows_expressions):
            raise UserError(
                f"--model: {name} is of --model_type="
                f"{model.config.model_type}, which gives no face another "
                "expression"
            )
        return cls(
            name, model.config, model.config.classes,
            lambda face: decoding_editors(model, [face], refine)[0],
        )

    @classmethod
    def copy(cls, expressions):
        """Not editing at all, which the others should beat."""
        return cls(COPY, Config(), expressions, lambda face: _Unchanged())


class _Unchanged:
    """Edits that change nothing."""

    def changes(self, mixes):
        return [self] * len(mixes)

    def apply(self, picture, transform):
        return picture


def asked_methods(request):
    """Names of the methods that a request asks for.

    Args:
        request: an `EvaluationRequest` with photographs.

    Raises:
        UserError: when no model of one is there.
    """
    has_motion = bool(request.motion_model) or motion_file().exists()
    if request.methods:
        if MOTION in request.methods and not has_motion:
            raise UserError(
                f"--methods={MOTION} needs --motion_model=RUN: no such "
                "network comes along"
            )
        return request.methods
    return tuple(
        name for name in METHODS if name != MOTION or has_motion
    )


def common_expressions(methods, known):
    """The expressions that each method can be asked for.

    Args:
        methods: `Method`s.
        known: names that the judge of expressions knows.

    Returns:
        A tuple of names, in the order of the first method.

    Raises:
        UserError: when there is none, or the judge does not know one.
    """
    common = tuple(
        name for name in methods[0].expressions
        if all(name in method.expressions for method in methods)
    )
    if not common:
        known_to_each = "; ".join(
            f"{method.name}: {', '.join(method.expressions)}"
            for method in methods
        )
        raise UserError(
            f"--methods: no expression is known to all ({known_to_each}): "
            "evaluate them apart"
        )
    unknown = [name for name in common if name not in known]
    if unknown:
        raise UserError(
            f"the judge of expressions does not know {', '.join(unknown)}: it "
            f"knows {', '.join(known)}"
        )
    return common
