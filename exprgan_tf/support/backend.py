"""What the backends of Keras do each in its own way: gradients, compiling."""

import contextlib

import keras


def gradients(compute, groups, others=()):
    """Calls a function once and differentiates each of its objectives.

    Args:
        compute: a function without arguments that gives `(logs,
            objectives)`: a dict of tensors, and a dict of a scalar for each
            key of `groups`. It may assign to `others` (moving statistics).
        groups: a dict of lists of Keras variables, those of each objective.
        others: every further variable that `compute` reads or assigns. Only
            JAX needs them: its functions have no side effects.

    Returns:
        `(logs, gradients)`: the second a dict of one list of tensors for
        each key of `groups`, zeros where an objective does not depend on a
        variable.
    """
    return _GRADIENTS[keras.backend.backend()](compute, groups, others)


def device_names():
    """Names of the devices that the backend computes on."""
    if keras.backend.backend() == "torch":
        import torch

        count = torch.cuda.device_count()
        return [f"cuda:{index}" for index in range(count)] or ["cpu"]
    return keras.distribution.list_devices()


def _with_tensorflow(compute, groups, others):
    """By a tape.

    Under a distribution strategy optimizers sum the gradients of the
    replicas, so each replica's objective is divided by their number.
    """
    import tensorflow as tf

    replicas = tf.distribute.get_strategy().num_replicas_in_sync
    with tf.GradientTape(persistent=True) as tape:
        logs, objectives = compute()
        objectives = {
            group: objective / replicas
            for group, objective in objectives.items()
        }
    return logs, {
        group: tape.gradient(
            objectives[group],
            [variable.value for variable in variables],
            unconnected_gradients=tf.UnconnectedGradients.ZERO,
        )
        for group, variables in groups.items()
    }


def _with_torch(compute, groups, others):
    """By the graph that a forward pass leaves; each walk takes what it needs.
    """
    import torch

    logs, objectives = compute()
    made = {
        group: list(torch.autograd.grad(
            objectives[group],
            [variable.value for variable in variables],
            retain_graph=True, allow_unused=True, materialize_grads=True,
        ))
        for group, variables in groups.items()
    }
    # Logs that keep the graph alive would keep its memory.
    return {name: value.detach() for name, value in logs.items()}, made


def _with_jax(compute, groups, others):
    """By one linearization, pulled back once for each objective.

    What a pull-back does not need for its own group goes away when the step
    is compiled.
    """
    import jax

    variables = [
        variable for members in groups.values() for variable in members
    ]
    others = list(others)

    def stateless(values):
        with keras.StatelessScope([
            *zip(variables, values, strict=True),
            *((variable, variable.value) for variable in others),
        ]) as scope:
            logs, objectives = compute()
        states = [scope.get_current_value(variable) for variable in others]
        return objectives, (logs, states)

    objectives, pull_back, (logs, states) = jax.vjp(
        stateless, [variable.value for variable in variables], has_aux=True
    )
    for variable, state in zip(others, states, strict=True):
        variable.assign(state)
    made, start = {}, 0
    for group, members in groups.items():
        (pulled,) = pull_back({
            name: jax.numpy.full_like(value, name == group)
            for name, value in objectives.items()
        })
        made[group] = pulled[start : start + len(members)]
        start += len(members)
    return logs, made


_GRADIENTS = {
    "tensorflow": _with_tensorflow,
    "torch": _with_torch,
    "jax": _with_jax,
}


def forward(network):
    """A fast form of a network's inference, for batches of any size.

    TensorFlow compiles it once. JAX would once for every size, so that it
    runs the network as it is, like PyTorch.

    Args:
        network: a Keras model; its weights may change later.
    """
    if keras.backend.backend() != "tensorflow":
        return network
    import tensorflow as tf

    return tf.function(
        lambda inputs: network(inputs, training=False), reduce_retracing=True
    )


def compiled(function, changed, fixed=()):
    """A fast form of a function that reads and assigns variables.

    TensorFlow and JAX compile it when it is first called; PyTorch runs it
    operation by operation.

    Args:
        function: from tensors (or dicts of them) to a dict of tensors.
        changed: the Keras variables that it may assign.
        fixed: every other variable that it reads. Only JAX needs the lists.
    """
    backend = keras.backend.backend()
    if backend == "tensorflow":
        import tensorflow as tf

        return tf.function(function)
    if backend == "jax":
        return _state_in_state_out(function, list(changed), list(fixed))
    return function


def _state_in_state_out(function, changed, fixed):
    import jax

    def pure(state, constants, *inputs):
        with keras.StatelessScope([
            *zip(changed, state, strict=True),
            *zip(fixed, constants, strict=True),
        ]) as scope:
            outputs = function(*inputs)
        return outputs, [scope.get_current_value(each) for each in changed]

    # The memory of the old state becomes that of the new one.
    pure = jax.jit(pure, donate_argnums=0)

    def call(*inputs):
        outputs, state = pure(
            [each.value for each in changed], [each.value for each in fixed],
            *inputs,
        )
        for variable, value in zip(changed, state, strict=True):
            variable.assign(value)
        return outputs

    return call


def without_gradients():
    """A context in which PyTorch keeps nothing for a backward pass."""
    if keras.backend.backend() != "torch":
        return contextlib.nullcontext()
    import torch

    return torch.no_grad()
