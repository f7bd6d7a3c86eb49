"""``cheiron bench``: the commands that print every figure of the docs."""

import click

from cheiron.studio.bench.control import bench_control
from cheiron.studio.bench.geometry import bench_geometry
from cheiron.studio.bench.gesture import bench_gesture
from cheiron.studio.bench.hands import bench_hands
from cheiron.studio.bench.latency import bench_latency
from cheiron.studio.bench.manifold import bench_manifold
from cheiron.studio.bench.model import bench_model
from cheiron.studio.bench.soak import bench_soak
from cheiron.studio.bench.speed import bench_speed

__all__ = ["bench"]


@click.group()
def bench() -> None:
    """Measure speed and quality.

    Each bench prints a table, says which bars are reached, and writes every figure to a JSON file
    on request: {"results": {metric: number}, "machine", "versions", "command"}.
    """


bench.add_command(bench_speed)
bench.add_command(bench_model)
bench.add_command(bench_latency)
bench.add_command(bench_soak)
bench.add_command(bench_control)
bench.add_command(bench_geometry)
bench.add_command(bench_manifold)
bench.add_command(bench_gesture)
bench.add_command(bench_hands)
