"""Multi-resolution spectrogram discriminator, hinge loss and feature matching."""

import torch
from torch import Tensor, nn
from torch.nn import functional


class _OneResolution(nn.Module):
    """Convolutions over a complex spectrogram; strides in frequency only.

    Args:
        size: STFT size; the hop is a quarter of it.
        channels: Channels of every layer.
    """

    def __init__(self, size: int, channels: int) -> None:
        super().__init__()
        self.size = size
        norm = nn.utils.parametrizations.weight_norm
        shapes = [(2, channels, 2), (channels, channels, 2), (channels, channels, 2)]
        shapes.append((channels, channels, 1))
        self.layers = nn.ModuleList(
            norm(nn.Conv2d(a, b, (5, 3), (stride, 1), (2, 1))) for a, b, stride in shapes
        )
        self.last = norm(nn.Conv2d(channels, 1, 3, padding=1))
        self.register_buffer("window", torch.hann_window(size), persistent=False)

    def forward(self, x: Tensor) -> tuple[Tensor, list[Tensor]]:
        """``(batch, samples)`` to scores and the features of every layer."""
        window = self.get_buffer("window")
        spectrum = torch.stft(x, self.size, self.size // 4, window=window, return_complex=True)
        y = torch.view_as_real(spectrum).permute(0, 3, 1, 2)
        # Compressed magnitude with its phase: quiet partials count as loud ones do.
        y = y * (y.square().sum(1, keepdim=True) + 1e-6) ** -0.35
        features: list[Tensor] = []
        for layer in self.layers:
            y = functional.leaky_relu(layer(y), 0.2)
            features.append(y)
        return self.last(y), features


class Discriminator(nn.Module):
    """Looks at a sound at several time-frequency resolutions.

    Args:
        sizes: STFT sizes.
        channels: Channels of every layer.
    """

    def __init__(self, sizes: tuple[int, ...] = (2048, 768, 256), channels: int = 16) -> None:
        super().__init__()
        self.parts = nn.ModuleList(_OneResolution(size, channels) for size in sizes)

    def forward(self, x: Tensor) -> list[tuple[Tensor, list[Tensor]]]:
        """``(batch, samples)`` to scores and features at each resolution."""
        return [part(x) for part in self.parts]


def discriminator_loss(judge: Discriminator, real: Tensor, fake: Tensor) -> tuple[Tensor, float]:
    """Hinge loss and the share of right answers."""
    loss = torch.zeros(())
    right: list[float] = []
    for (a, _), (b, _) in zip(judge(real), judge(fake), strict=True):
        loss = loss + functional.relu(1 - a).mean() + functional.relu(1 + b).mean()
        right.append(float(((a > 0).float().mean() + (b < 0).float().mean()) / 2))
    return loss / len(judge.parts), sum(right) / len(right)


def generator_loss(judge: Discriminator, real: Tensor, fake: Tensor) -> tuple[Tensor, Tensor]:
    """Hinge loss of the generator and feature matching (relative L1)."""
    adversary, matching = torch.zeros(()), torch.zeros(())
    with torch.no_grad():
        wanted = judge(real)
    for (score, features), (_, targets) in zip(judge(fake), wanted, strict=True):
        adversary = adversary - score.mean()
        for f, t in zip(features, targets, strict=True):
            matching = matching + (f - t).abs().mean() / (t.abs().mean() + 1e-3) / len(features)
    return adversary / len(judge.parts), matching / len(judge.parts)
