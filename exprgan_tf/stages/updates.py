"""What everything that is trained in steps shares: the simultaneous update."""

import contextlib

import keras

from exprgan_tf.support.backend import gradients


class Updates(keras.Model):
    """Networks with an optimizer each, whose `train_step` is one update.

    A subclass sets `{group}_optimizer` for each key of `trained_variables`,
    "generator" among them, and calls `ready`.
    """

    # What calls its files and messages: a number, or a word.
    number = None

    def ready(self):
        """Builds the optimizers; the end of `__init__`."""
        for group, variables in self.trained_variables().items():
            self.optimizer_of(group).build(variables)
        self.built = True

    @property
    def network_variables(self):
        """Every variable of the networks of a step, fixed ones aside."""
        raise NotImplementedError

    @property
    def fixed(self):
        """Variables that a step reads and never assigns, those of phi."""
        return []

    def trained_variables(self):
        """The variables of each optimizer, a dict of lists."""
        raise NotImplementedError

    def compute_losses(self, batch):
        """Named losses of a batch, and what each optimizer minimizes.

        Returns:
            `(logs, objectives)`: a dict of scalars for the logs, and a dict
            of one scalar for each key of `trained_variables`.
        """
        raise NotImplementedError

    def train_step(self, batch):
        """One update; every gradient is taken at the same weights."""
        groups = self.trained_variables()
        trained = {
            id(variable) for variables in groups.values()
            for variable in variables
        }
        others = [
            variable for variable in [*self.network_variables, *self.fixed]
            if id(variable) not in trained
        ]
        logs, made = gradients(
            lambda: self.compute_losses(batch), groups, others
        )
        for group, variables in groups.items():
            self.optimizer_of(group).apply(made[group], variables)
        return logs

    def optimizer_of(self, group):
        """The optimizer of a key of `trained_variables`."""
        return getattr(self, f"{group}_optimizer")

    @property
    def state(self):
        """What a step changes and a checkpoint holds, a list of variables."""
        return [*self.network_variables, *(
            variable for group in self.trained_variables()
            for variable in self.optimizer_of(group).variables
        )]

    @property
    def step(self):
        """Updates done so far."""
        iterations = self.generator_optimizer.iterations
        return int(keras.ops.convert_to_numpy(iterations))

    def finish(self):
        """Puts the averaged weights in place, when averaging is on."""
        if self.generator_optimizer.use_ema:
            self.generator_optimizer.finalize_variable_values(
                self.trained_variables()["generator"]
            )

    @contextlib.contextmanager
    def averaged(self):
        """A context in which the averaged weights are in place."""
        variables = self.trained_variables()["generator"]
        before = [keras.ops.convert_to_numpy(each) for each in variables]
        if self.step:
            self.finish()
        try:
            yield
        finally:
            for variable, value in zip(variables, before, strict=True):
                variable.assign(value)
