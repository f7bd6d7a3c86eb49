"""The nouns that every room shares: spaces, parameters, frames, protocols, artifacts, audio files.

NumPy only; this room imports no other room.
"""
