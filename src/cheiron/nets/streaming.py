"""Explicit streaming state: causal layers that compute offline and live with the same code."""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

State = tuple[Tensor, ...]
"""What a module must remember between two blocks; a flat tuple, so that it exports as inputs."""


class Streaming(nn.Module):
    """A causal module: ``forward(x, state) -> (y, state)``.

    Signals have the shape ``(batch, channels, time)``. ``init(batch)`` gives the state of
    silence before the first sample. Concatenating the outputs of successive blocks equals the
    output for the concatenated input, for every split that keeps whole strides.
    """

    def init(self, batch: int = 1) -> State:
        """The state before the first block."""
        raise NotImplementedError

    def forward(self, x: Tensor, state: State) -> tuple[Tensor, State]:
        """The next block and the next state."""
        raise NotImplementedError


class Pointwise(Streaming):
    """A module without memory, such as an activation, as a streaming one."""

    def __init__(self, function: Callable[[Tensor], Tensor]) -> None:
        super().__init__()
        self.function = function

    def init(self, batch: int = 1) -> State:
        """Nothing to remember."""
        return ()

    def forward(self, x: Tensor, state: State) -> tuple[Tensor, State]:
        """Apply the function."""
        return self.function(x), state


class CausalConv(Streaming):
    """Strided, dilated convolution that sees the present block and the past only.

    Args:
        channels_in: Input channels.
        channels_out: Output channels.
        kernel: Taps, at least the stride.
        stride: Input samples per output sample; blocks must be multiples of it.
        dilation: Distance between taps.
        weight_norm: Train direction and length of each filter apart (Salimans & Kingma 2016).

    >>> conv = CausalConv(1, 4, 5, stride=2)
    >>> x = torch.randn(1, 1, 8)
    >>> whole, _ = conv(x, conv.init())
    >>> first, state = conv(x[..., :4], conv.init())
    >>> second, _ = conv(x[..., 4:], state)
    >>> bool(torch.allclose(whole, torch.cat([first, second], -1), atol=1e-6))
    True
    """

    def __init__(
        self,
        channels_in: int,
        channels_out: int,
        kernel: int,
        stride: int = 1,
        dilation: int = 1,
        weight_norm: bool = True,
    ) -> None:
        super().__init__()
        self.past = (kernel - 1) * dilation + 1 - stride
        if self.past < 0:
            raise ValueError(f"a kernel of {kernel} taps is shorter than its stride of {stride}")
        conv = nn.Conv1d(channels_in, channels_out, kernel, stride, dilation=dilation)
        nn.init.zeros_(_bias(conv))
        self.conv = nn.utils.parametrizations.weight_norm(conv) if weight_norm else conv
        self.channels_in = channels_in

    def init(self, batch: int = 1) -> State:
        """Silence in the past, shape ``(batch, channels_in, past)``."""
        if self.past == 0:
            return ()
        return (torch.zeros(batch, self.channels_in, self.past),)

    def forward(self, x: Tensor, state: State) -> tuple[Tensor, State]:
        """Filter a block of a whole number of strides."""
        if self.past == 0:
            return self.conv(x), state
        x = torch.cat([state[0], x], -1)
        return self.conv(x), (x[..., -self.past :],)


class Delay(Streaming):
    """Holds a signal back by whole frames; zero before the first.

    Args:
        channels: Channels.
        frames: Length of the delay.
    """

    def __init__(self, channels: int, frames: int) -> None:
        super().__init__()
        self.channels, self.frames = channels, frames

    def init(self, batch: int = 1) -> State:
        """Zeros, shape ``(batch, channels, frames)``."""
        return (torch.zeros(batch, self.channels, self.frames),)

    def forward(self, x: Tensor, state: State) -> tuple[Tensor, State]:
        """``(batch, channels, n)`` as it was ``frames`` earlier."""
        line = torch.cat([state[0], x], -1)
        return line[..., : x.shape[-1]], (line[..., x.shape[-1] :],)


class Upsample(Streaming):
    """Causal upsampling by a whole ratio with learned filters of two input samples.

    The polyphase form of a transposed convolution with kernel ``2 * ratio``: one plain
    convolution, then channels become time.

    Args:
        channels_in: Input channels.
        channels_out: Output channels.
        ratio: Output samples per input sample.
    """

    def __init__(self, channels_in: int, channels_out: int, ratio: int) -> None:
        super().__init__()
        self.ratio = ratio
        self.conv = CausalConv(channels_in, channels_out * ratio, 2)

    def init(self, batch: int = 1) -> State:
        """The last input sample."""
        return self.conv.init(batch)

    def forward(self, x: Tensor, state: State) -> tuple[Tensor, State]:
        """``(batch, channels_in, time)`` to ``(batch, channels_out, time * ratio)``."""
        y, state = self.conv(x, state)
        return interleave(y, self.ratio), state


class Chain(Streaming):
    """Streaming modules one after the other.

    Args:
        modules: The modules in order.
    """

    def __init__(self, modules: Sequence[Streaming]) -> None:
        super().__init__()
        self.layers = nn.ModuleList(modules)
        self.counts = [len(m.init()) for m in modules]

    def init(self, batch: int = 1) -> State:
        """The states of all modules, one after the other."""
        return tuple(s for m in self._modules_in_order() for s in m.init(batch))

    def forward(self, x: Tensor, state: State) -> tuple[Tensor, State]:
        """Pass a block through all modules."""
        after: list[Tensor] = []
        at = 0
        for layer, count in zip(self.layers, self.counts, strict=True):
            x, own = layer(x, state[at : at + count])
            after.extend(own)
            at += count
        return x, tuple(after)

    def _modules_in_order(self) -> list[Streaming]:
        return [m for m in self.layers if isinstance(m, Streaming)]


class Residual(Streaming):
    """``x + scale * inner(x)`` for an inner module that keeps the shape.

    Args:
        inner: The module inside.
    """

    def __init__(self, inner: Streaming) -> None:
        super().__init__()
        self.inner = inner

    def init(self, batch: int = 1) -> State:
        """The state of the inner module."""
        return self.inner.init(batch)

    def forward(self, x: Tensor, state: State) -> tuple[Tensor, State]:
        """Add what the inner module says."""
        y, state = self.inner(x, state)
        return x + y, state


def interleave(x: Tensor, ratio: int) -> Tensor:
    """Channels become time: ``(batch, channels * ratio, n)`` to ``(batch, channels, n * ratio)``.

    Output sample ``n * ratio + p`` of channel ``c`` is input channel ``p * channels + c``.
    """
    batch, channels, n = x.shape
    x = x.reshape(batch, ratio, channels // ratio, n)
    return x.permute(0, 2, 3, 1).reshape(batch, channels // ratio, -1)


def leaky(x: Tensor) -> Tensor:
    """The activation of every convolutional block: leaky ReLU of slope 0.2."""
    return functional.leaky_relu(x, 0.2)


def _bias(conv: nn.Conv1d) -> Tensor:
    assert conv.bias is not None
    return conv.bias
