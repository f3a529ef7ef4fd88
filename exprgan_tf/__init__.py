"""ExprGAN for Keras 3: facial expressions with controllable intensity."""
