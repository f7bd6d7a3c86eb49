"""What stays of playing: the state of the instrument, takes, gestures, loops, undo.

A session is one folder:

    session.toml     what is playing, for people to read          (state.py, toml.py)
    journal.sqlite   everything recorded, as it happens           (journal.py, rescue.py)
    takes/           finished sounds as FLAC                      (takes.py, take_writer.py)
    loops/           named trajectories in control space          (loops.py)
    spaces/          learned control spaces, as artifacts
    mappings/        learned mappings, as artifacts

``store.py`` opens it and holds its lock, ``history.py`` is undo, ``bundle.py`` puts the whole into
one file.
"""
