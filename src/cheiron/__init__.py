"""Cheiron: play a deep audio generative model with the body.

The signal chain, which is also the folder layout::

    source -> features -> mapping -> control space -> latent -> audio model -> output
"""

__version__ = "0.1.0"
