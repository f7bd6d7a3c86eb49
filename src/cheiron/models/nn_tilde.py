"""What an nn~ module says of itself: the channels and ratios of its methods."""

from dataclasses import dataclass
from typing import Any

from cheiron.core.errors import CheironError

_USUAL_RATE = 44100


@dataclass(frozen=True)
class NnTildeMethods:
    """What a module can do.

    Args:
        latent_size: Channels that ``decode`` takes.
        hop: Samples that ``decode`` gives for each latent frame.
        in_channels: Channels that ``encode`` takes; 0 if the module cannot encode.
        sample_rate: Samples per second.
        note: What had to be assumed; empty if nothing.
    """

    latent_size: int
    hop: int
    in_channels: int
    sample_rate: int
    note: str = ""


def read_methods(module: Any, label: str) -> NnTildeMethods:
    """Find ``encode``, ``decode`` and the sampling rate of a loaded module.

    Each method has a buffer ``NAME_params`` = (channels in, ratio in, channels out, ratio out),
    where a ratio counts samples per frame.

    Args:
        module: A TorchScript module.
        label: What to call it in a sentence.

    Raises:
        CheironError: If it cannot decode.
    """
    decode = _params(module, "decode")
    if decode is None:
        able = [name for name in ("encode", "forward", "prior") if _params(module, name)]
        what = f"only {', '.join(able)}" if able else "none of RAVE's methods"
        raise CheironError(
            f"{label} has {what}; Cheiron plays models that decode latents to sound, so choose "
            "a RAVE or nn~ export with a decode method."
        )
    size, ratio_in, _, ratio_out = decode
    if size < 1 or ratio_out < 1 or ratio_in < 1 or ratio_in % ratio_out:
        raise CheironError(
            f"{label} describes its decoder as {decode}; expected channels and ratios of an nn~ "
            "export, so export it again."
        )
    hop = ratio_in // ratio_out
    encode = _params(module, "encode")
    fits = encode is not None and encode[2] == size and encode[3] == hop * encode[1]
    rate = _sample_rate(module)
    note = "" if rate else f"{label} does not say its sampling rate; {_USUAL_RATE} Hz is assumed."
    return NnTildeMethods(size, hop, encode[0] if encode and fits else 0, rate or _USUAL_RATE, note)


def _params(module: Any, method: str) -> list[int] | None:
    values = getattr(module, f"{method}_params", None)
    if values is None or not hasattr(module, method):
        return None
    numbers = [int(v) for v in values.flatten().tolist()]
    return numbers if len(numbers) == 4 else None


def _sample_rate(module: Any) -> int:
    for name in ("sr", "sampling_rate", "sample_rate"):
        value = getattr(module, name, None)
        try:
            rate = int(value)  # pyright: ignore[reportArgumentType] - a number or a tensor of one
        except (TypeError, ValueError, RuntimeError):
            continue
        if rate > 0:
            return rate
    return 0
