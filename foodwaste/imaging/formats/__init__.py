"""One module per file format, each answering to ``Format``."""
