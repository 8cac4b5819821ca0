"""Trains the project's own networks on rendered trays. Needs the extra ``train``."""
