"""Toy modules in the form of nn~ exports: parameters of methods as buffers, hidden state, noise."""

import warnings

import torch
from torch import Tensor, nn

D, HOP = 3, 8


class Export(nn.Module):
    """Encoder and decoder with a cache, as cached convolutions have, and random noise."""

    def __init__(self, channels: int = 1, noise: float = 0.1, start: float = 0.0):
        super().__init__()
        torch.manual_seed(5)
        self.noise = noise
        self.hop = HOP
        self.sr = 22050
        self.up = nn.ConvTranspose1d(D, channels, HOP, HOP, bias=False)
        self.down = nn.Conv1d(channels, D, 2 * HOP, HOP, bias=False)
        self.register_buffer("sum", torch.full((1, D, 1), start))
        self.register_buffer("past", torch.zeros(1, channels, HOP))
        self.register_buffer("encode_params", torch.tensor([channels, 1, D, HOP]))
        self.register_buffer("decode_params", torch.tensor([D, HOP, channels, 1]))
        self.register_buffer("forward_params", torch.tensor([channels, 1, channels, 1]))

    @torch.jit.export
    def encode(self, x: Tensor) -> Tensor:
        joined = torch.cat([self.past, x], -1)
        self.past.copy_(joined[..., -self.hop :])
        z = self.down(joined)
        return z + self.noise * torch.randn_like(z)

    @torch.jit.export
    def decode(self, z: Tensor) -> Tensor:
        total = self.sum + torch.cumsum(z, -1)
        self.sum.copy_(total[..., -1:])
        y = torch.tanh(self.up(torch.sin(total)))
        return y + self.noise * torch.randn_like(y)

    def forward(self, x: Tensor) -> Tensor:
        return self.decode(self.encode(x))


class FailsLater(nn.Module):
    """Decodes one frame, then raises or gives too little."""

    def __init__(self, raises: bool):
        super().__init__()
        self.raises = raises
        self.register_buffer("decode_params", torch.tensor([D, HOP, 1, 1]))
        self.register_buffer("frames", torch.zeros(1))

    @torch.jit.export
    def decode(self, z: Tensor) -> Tensor:
        self.frames += 1
        if bool(self.frames > 1):
            if self.raises:
                raise ValueError("no more")
            return torch.zeros(1, 1, 3)
        return z[:, :1].repeat_interleave(8, -1)

    def forward(self, z: Tensor) -> Tensor:
        return self.decode(z)


class DecoderOnly(nn.Module):
    """Decodes and says nothing of its sampling rate."""

    def __init__(self):
        super().__init__()
        self.register_buffer("decode_params", torch.tensor([D, HOP, 1, 1]))

    @torch.jit.export
    def decode(self, z: Tensor) -> Tensor:
        return z[:, :1].repeat_interleave(8, -1)

    def forward(self, z: Tensor) -> Tensor:
        return self.decode(z)


class ForwardOnly(nn.Module):
    """Transforms sound and nothing else."""

    def __init__(self):
        super().__init__()
        self.register_buffer("forward_params", torch.tensor([1, 1, 1, 1]))

    def forward(self, x: Tensor) -> Tensor:
        return -x


class Liar(DecoderOnly):
    """Gives fewer samples than it promises."""

    @torch.jit.export
    def decode(self, z: Tensor) -> Tensor:
        return z[:, :1]


def save(module, path):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        torch.jit.save(torch.jit.script(module.eval()), path)
    return path
