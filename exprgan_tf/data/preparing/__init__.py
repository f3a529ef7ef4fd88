"""From labelled photographs to records."""
