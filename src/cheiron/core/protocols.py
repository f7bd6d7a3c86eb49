"""The contracts between the rooms.

State is always explicit: ``init`` makes it, ``step`` takes and returns it. No object keeps hidden
streaming state. A state belongs to one stream; ``step`` may reuse its buffers, so what a step
returned is valid until the next step on the same state.
"""

from collections.abc import Callable
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from cheiron.core.demonstration import Demonstration
from cheiron.core.frame import Frame
from cheiron.core.param import Param
from cheiron.core.space import Space

Audio = NDArray[np.float32]
"""Mono samples in [-1, 1], shape ``(samples,)``."""

Latents = NDArray[np.float32]
"""Latent frames, shape ``(frames, latent.size)``."""


@runtime_checkable
class Source(Protocol):
    """Where frames come from: a sensor, a file, a page."""

    @property
    def space(self) -> Space:
        """What its frames mean."""
        ...

    def open(self) -> None:
        """Start; a second call does nothing."""
        ...

    def latest(self) -> Frame | None:
        """The newest frame, or None before the first; never waits."""
        ...

    def close(self) -> None:
        """Stop and free everything; a second call does nothing."""
        ...


@runtime_checkable
class Stage(Protocol):
    """One pure step of the chain from motion to latent."""

    @property
    def in_space(self) -> Space:
        """What it reads."""
        ...

    @property
    def out_space(self) -> Space:
        """What it writes."""
        ...

    @property
    def latency(self) -> float:
        """Delay it adds, in seconds."""
        ...

    @property
    def params(self) -> tuple[Param, ...]:
        """What can be turned while it runs."""
        ...

    def init(self) -> Any:
        """A fresh state for one stream."""
        ...

    def step(self, state: Any, frame: Frame) -> tuple[Any, Frame]:
        """The next output frame; same ``time`` as the input."""
        ...


@runtime_checkable
class Output(Protocol):
    """Where blocks of sound go: a file, a device, a page."""

    def open(self) -> None:
        """Start."""
        ...

    def write(self, block: Audio) -> None:
        """Take one block."""
        ...

    def close(self) -> None:
        """Finish; what was written is complete afterwards."""
        ...


Pull = Callable[[Audio], None]
"""Fills a block in place, shape ``(samples,)``; called by whoever plays, it never waits."""


@runtime_checkable
class LiveOutput(Protocol):
    """Where sound goes while it is made: it asks for each block when it needs one."""

    @property
    def sample_rate(self) -> int:
        """Samples per second; known once it is open."""
        ...

    @property
    def block(self) -> int:
        """Samples that it asks for at once; known once it is open."""
        ...

    @property
    def latency(self) -> float:
        """Seconds from a pull to the ear, as far as the output knows."""
        ...

    @property
    def problem(self) -> str:
        """Why nothing is heard, in a sentence; empty while all is well."""
        ...

    def open(self, pull: Pull) -> None:
        """Start asking; ``pull`` is called on the output's own thread.

        Raises:
            CheironError: If it cannot be opened.
        """
        ...

    def close(self) -> None:
        """Stop asking; a second call does nothing."""
        ...


@runtime_checkable
class Tap(Protocol):
    """Listens in on a live stream, such as a recorder; the control thread calls, it never waits."""

    def motion(self, frame: Frame) -> None:
        """The fused sensor frame of one tick; its values may be reused, so copy them."""
        ...

    def sound(self, block: Audio) -> None:
        """What is about to be heard, at the output's sample rate; copy it."""
        ...


@runtime_checkable
class AudioModel(Protocol):
    """Sound to latents and back; streaming equals offline to 1e-5, and every run is the same.

    Frame ``t`` of the latents stands for the samples ``[t * hop, (t + 1) * hop)`` that ``decode``
    writes. ``encode`` is causal: what it says of a sound arrives ``latency`` samples late, so
    ``decode(encode(x))[latency:]`` lines up with ``x``.
    """

    @property
    def name(self) -> str:
        """What people call it."""
        ...

    @property
    def sample_rate(self) -> int:
        """Samples per second, of both input and output."""
        ...

    @property
    def hop(self) -> int:
        """Samples per latent frame."""
        ...

    @property
    def latent(self) -> Space:
        """What its latents mean."""
        ...

    @property
    def latency(self) -> int:
        """Delay from ``encode`` through ``decode``, in samples."""
        ...

    def encode(self, audio: Audio) -> Latents:
        """Posterior means of a whole sound: ``ceil(samples / hop)`` frames (the end is padded)."""
        ...

    def decode(self, z: Latents, seed: int = 0) -> Audio:
        """The sound of a whole trajectory: ``frames * hop`` samples."""
        ...

    def init_encoder(self) -> Any:
        """A fresh encoder state."""
        ...

    def encode_step(self, state: Any, audio: Audio) -> tuple[Any, Latents]:
        """Latents of the next block, a whole number of hops."""
        ...

    def init_decoder(self, seed: int = 0) -> Any:
        """A fresh decoder state; the seed fixes every random draw."""
        ...

    def decode_step(self, state: Any, z: Latents) -> tuple[Any, Audio]:
        """The next block: one hop of samples for each latent frame."""
        ...


@runtime_checkable
class ControlSpace(Protocol):
    """Invertible change of coordinates between named knobs and latents."""

    @property
    def control(self) -> Space:
        """The knobs, in the player's units."""
        ...

    @property
    def latent(self) -> Space:
        """The model's latents."""
        ...

    @property
    def std(self) -> NDArray[np.float32]:
        """Spread of each knob, shape ``(control.size,)``; it scales the noise of textures."""
        ...

    @property
    def model(self) -> str:
        """Name of the model that it belongs to."""
        ...

    def to_latent(self, c: NDArray[np.float32]) -> Latents:
        """Latents of control points, shapes ``(frames, control.size)`` to ``(frames, D)``."""
        ...

    def to_control(self, z: Latents) -> NDArray[np.float32]:
        """Control points of latents, the inverse of :meth:`to_latent`."""
        ...

    def log_prob(self, z: Latents) -> NDArray[np.float32]:
        """Log density of latents under what the model was trained on, shape ``(frames,)``."""
        ...


@runtime_checkable
class Mapping(Protocol):
    """Motion frame to control point, fixed or taught; a stage that also says how sure it is."""

    @property
    def in_space(self) -> Space:
        """Motion features it reads."""
        ...

    @property
    def out_space(self) -> Space:
        """Control space it writes."""
        ...

    def init(self) -> Any:
        """A fresh state for one stream."""
        ...

    def step(self, state: Any, frame: Frame) -> tuple[Any, Frame]:
        """The control point of the next motion frame."""
        ...

    def confidence(self, state: Any) -> float:
        """How far the last output is to be trusted, in [0, 1]."""
        ...


@runtime_checkable
class TaughtMapping(Mapping, Protocol):
    """A mapping that is learned from demonstrations and follows the gesture in time.

    What it answers about gestures is read from a stream's state, so it is free to be asked at
    every frame. Whoever teaches (the conductor or the learner) calls ``add``, ``remove`` and
    ``fit`` on a mapping that nobody plays, and swaps it in afterwards.
    """

    @property
    def demonstrations(self) -> tuple[Demonstration, ...]:
        """What it was taught, in order of teaching."""
        ...

    @property
    def names(self) -> tuple[str, ...]:
        """The gestures that it knows since the last ``fit``, in order of teaching."""
        ...

    def add(self, demonstration: Demonstration) -> None:
        """Take one more demonstration; ``fit`` makes it count.

        Raises:
            CheironError: If its axes are others, its id is taken, or nothing can be learned
                from it.
        """
        ...

    def remove(self, demonstration: str) -> None:
        """Forget one by its id; ``fit`` makes it count.

        Raises:
            CheironError: If there is none with that id.
        """
        ...

    def fit(self) -> None:
        """Learn what the demonstrations say; less than a second for ten of 5 s at 100 Hz.

        With none there are no gestures: the knobs stay at rest and the confidence is 0.

        Raises:
            CheironError: If its settings do not fit the demonstrations.
        """
        ...

    def likelihoods(self, state: Any) -> NDArray[np.float64]:
        """How probable each gesture is now, shape ``(len(names),)``, sum 1."""
        ...

    def progress(self, state: Any) -> float:
        """How much of the most probable gesture is over, in [0, 1]."""
        ...

    def spread(self, state: Any) -> NDArray[np.float64]:
        """Standard deviation of the last output, shape ``(out_space.size,)``, in its units."""
        ...
