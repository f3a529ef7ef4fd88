"""Faces with exact intensity labels, rendered from the ICT Face Model Light."""
