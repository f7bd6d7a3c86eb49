"""The sound of a model's landmarks, read by the server itself: the engine has better to do."""

from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cheiron.models.landmarks import Landmarks


class Previews:
    """Sound files of landmarks by number.

    Its methods take their time and may be called from any thread.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._of: tuple[str, int] = ("", 0)
        self._landmarks: Landmarks | None = None

    def wav(self, artifact: str, latents: int, number: int) -> bytes | None:
        """A WAV file of one landmark; None when there is no such landmark.

        Args:
            artifact: Where the model is; empty when it has no landmarks.
            latents: How many it has.
            number: Which landmark, from 0.

        Raises:
            CheironError: If the model is gone or damaged.
        """
        # Here, so that the server listens before NumPy is loaded.
        import io

        import numpy as np
        import soundfile

        from cheiron.core.audio_files import encode_audio

        landmarks = self._read(artifact, latents)
        if landmarks is None or not 0 <= number < len(landmarks):
            return None
        with soundfile.SoundFile(io.BytesIO(landmarks.sound)) as file:
            file.seek(int(landmarks.start[number]))
            sound = file.read(int(landmarks.length[number]), dtype="float32", always_2d=True)
        return encode_audio(np.asarray(sound[:, 0], np.float32), landmarks.sample_rate, ".wav")

    def _read(self, artifact: str, latents: int) -> "Landmarks | None":
        from cheiron.core.artifact import Artifact
        from cheiron.models.landmarks import read_landmarks

        with self._lock:
            if self._of != (artifact, latents):
                opened = Artifact.open(Path(artifact)) if artifact else None
                self._landmarks = read_landmarks(opened, latents) if opened else None
                self._of = artifact, latents
            return self._landmarks
