"""What drives the chain: the control clock, the patch, the offline and the live runner.

The engine is handed built objects and knows no concrete source, stage, model or output.
"""
