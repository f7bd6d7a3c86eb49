"""Where a training run survives being killed."""

import os
import pickle
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from cheiron.core.errors import CheironError


@dataclass(frozen=True)
class Checkpoint:
    """One file that is always whole: written beside itself, then renamed.

    Args:
        path: The file.
    """

    path: Path

    def save(self, state: dict[str, Any]) -> None:
        """Replace what was saved.

        Raises:
            CheironError: If the disk is full or read-only; what was saved before stays.
        """
        partial = self.path.with_name(self.path.name + ".partial")
        try:
            with partial.open("wb") as file:
                torch.save(state, file)
                file.flush()
                os.fsync(file.fileno())
            partial.replace(self.path)
        except (OSError, RuntimeError) as error:
            partial.unlink(missing_ok=True)
            raise CheironError(
                f"the checkpoint {self.path} could not be written ({error}); the one before is "
                "kept. Free some space, then run the same command again to go on."
            ) from error

    def load(self) -> dict[str, Any] | None:
        """What was saved last, or None before the first time.

        Raises:
            CheironError: If the file is damaged.
        """
        if not self.path.is_file():
            return None
        try:
            return torch.load(self.path, map_location="cpu", weights_only=True)
        except (OSError, RuntimeError, EOFError, ValueError, pickle.UnpicklingError) as error:
            raise CheironError(
                f"the checkpoint {self.path} is damaged; delete it to train from the start."
            ) from error
