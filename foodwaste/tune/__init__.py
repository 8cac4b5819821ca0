"""Searches the colour estimator's parameters on labelled trays (extra ``tune``: Optuna)."""
