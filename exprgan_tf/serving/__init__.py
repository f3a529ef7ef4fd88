"""The REST API of TensorFlow Serving, in Python."""
