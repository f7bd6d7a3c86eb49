"""How a touch opens and closes the sound; the mappings that have one share these params."""

from cheiron.core.param import Param

ATTACK = Param("touch.attack", "s", 0.001, 2.0, 0.01, "exp", "How fast a touch sounds.")
RELEASE = Param("touch.release", "s", 0.01, 5.0, 0.15, "exp", "How long a sound rings out.")
