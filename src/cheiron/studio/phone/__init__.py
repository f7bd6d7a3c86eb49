"""Phones as sensors: a door to the local network that stands open only while the player wants it.

Engine process: :mod:`~cheiron.studio.phone.house`, with :mod:`~cheiron.studio.phone.tickets`,
:mod:`~cheiron.studio.phone.certificate` and :mod:`~cheiron.studio.phone.addresses`. A process of
its own faces the network: :mod:`~cheiron.studio.phone.process` and what it imports.
"""
