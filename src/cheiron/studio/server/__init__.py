"""The page's server: a process of its own that hands out the page and passes messages on.

Engine process: :mod:`~cheiron.studio.server.door` and :mod:`~cheiron.studio.server.front`. Server
process: :mod:`~cheiron.studio.server.process` and what it imports. Between them: the pipe messages
of :mod:`~cheiron.studio.server.envelope`.
"""
