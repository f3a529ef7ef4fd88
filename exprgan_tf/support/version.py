"""The version of the package, for whoever may not import its root."""

VERSION = "0.2.0"
