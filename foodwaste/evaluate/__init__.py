"""How wrong the answers are: labelled trays, baselines, figures, comparisons."""
