"""How far a reconstruction is from its target."""

import torch
from torch import Tensor, nn
from torch.nn import functional

SIZES = (2048, 1024, 512, 256, 128)
"""STFT sizes of the multi-scale spectral distance; each hops by a quarter of its size."""

FLOOR = 1e-4
"""Added to magnitudes before the logarithm."""


class SpectralDistance(nn.Module):
    """Multi-scale spectral distance (as in DDSP and RAVE).

    The mean over STFT sizes of spectral convergence ``|S - T| / |S|`` plus the mean absolute
    difference of ``log(magnitude + 1e-4)``; Hann windows, hop a quarter of the size.

    Args:
        sizes: STFT sizes.
        per_item: Normalise the convergence by each item of the batch instead of the whole.

    >>> distance = SpectralDistance()
    >>> x = torch.randn(1, 4096)
    >>> float(distance(x, x))
    0.0
    """

    def __init__(self, sizes: tuple[int, ...] = SIZES, per_item: bool = False) -> None:
        super().__init__()
        self.sizes, self.per_item = sizes, per_item
        for size in sizes:
            self.register_buffer(f"window_{size}", torch.hann_window(size), persistent=False)

    def forward(self, target: Tensor, output: Tensor) -> Tensor:
        """Distance of ``output`` from ``target``, both ``(batch, samples)``; a scalar."""
        # The edges are mirrored, which needs more than half of the longest window.
        short = max(0, max(self.sizes) // 2 + 1 - target.shape[-1])
        target, output = functional.pad(target, (0, short)), functional.pad(output, (0, short))
        total = torch.zeros((), device=target.device)
        for size in self.sizes:
            s, t = self._magnitude(target, size), self._magnitude(output, size)
            if self.per_item:
                # Below about -58 dBFS an item counts less; a silent one must not outweigh all.
                norm = torch.clamp(s.square().sum((1, 2)), min=1e-3 * s[0].numel())
                convergence = ((s - t).square().sum((1, 2)) / norm + 1e-8).sqrt().mean()
            else:
                norm = torch.clamp(torch.linalg.vector_norm(s), min=1e-3)
                convergence = torch.linalg.vector_norm(s - t) / norm
            logs = ((s + FLOOR).log() - (t + FLOOR).log()).abs().mean()
            total = total + convergence + logs
        return total / len(self.sizes)

    def _magnitude(self, x: Tensor, size: int) -> Tensor:
        window = self.get_buffer(f"window_{size}")
        spectrum = torch.stft(x, size, size // 4, window=window, return_complex=True)
        # abs() has no gradient at 0; the square root of a tiny offset has.
        return (torch.view_as_real(spectrum).square().sum(-1) + 1e-14).sqrt()


def kl_divergence(mean: Tensor, log_scale: Tensor) -> Tensor:
    """KL of N(mean, exp(log_scale)^2) from N(0, 1), by latent dimension.

    Args:
        mean: ``(batch, D, frames)``.
        log_scale: Natural logarithm of the standard deviation, of the same shape.

    Returns:
        Nats, ``(D,)``.
    """
    each = 0.5 * (mean.square() + (2 * log_scale).exp() - 1.0) - log_scale
    return each.mean((0, 2))


class TextureDistance(nn.Module):
    """Distance between the statistics of two sounds, blind to their random detail.

    Power spectrograms are averaged over about 50 ms and a few bins before their logarithms are
    compared, so two takes of the same rain are close while their samples have nothing in common.
    """

    def __init__(self, sizes: tuple[int, ...] = (2048, 512, 128), seconds: float = 0.05) -> None:
        super().__init__()
        self.sizes, self.seconds = sizes, seconds
        for size in sizes:
            self.register_buffer(f"window_{size}", torch.hann_window(size), persistent=False)

    def forward(self, target: Tensor, output: Tensor) -> Tensor:
        """Mean absolute difference of log mean powers (in nats of amplitude); a scalar."""
        total = torch.zeros((), device=target.device)
        for size in self.sizes:
            s, t = self._mean_power(target, size), self._mean_power(output, size)
            total = total + 0.5 * ((s + FLOOR**2).log() - (t + FLOOR**2).log()).abs().mean()
        return total / len(self.sizes)

    def _mean_power(self, x: Tensor, size: int) -> Tensor:
        window = self.get_buffer(f"window_{size}")
        spectrum = torch.stft(x, size, size // 4, window=window, return_complex=True)
        power = torch.view_as_real(spectrum).square().sum(-1)[:, None]
        frames = min(max(4, round(self.seconds * 44100 * 4 / size)), power.shape[-1])
        bins = max(1, size // 128)
        stride = (max(1, bins // 2), max(1, frames // 2))
        return functional.avg_pool2d(power, (bins, frames), stride)
