/** Cables: how one looks, how it is edited, and which axis somebody wiggles. */

import type { Axis, Command, Connection, SourceFigures, SourceState, State } from "../link/protocol";

export type Curve = Connection["curve"];
export const CURVES: readonly { name: Curve; help: string }[] = [
  { name: "linear", help: "Even all the way." },
  { name: "exp", help: "Starts gently." },
  { name: "log", help: "Starts at once." },
  { name: "smooth", help: "Gentle at both ends." },
];

const BEND = 4; // as the engine bends them

const SHAPES: Record<Curve, (u: number) => number> = {
  linear: (u) => u,
  exp: (u) => Math.expm1(BEND * u) / Math.expm1(BEND),
  log: (u) => Math.log1p(Math.expm1(BEND) * u) / BEND,
  smooth: (u) => u * u * (3 - 2 * u),
};

/** Output travel of an input travel, both in [0, 1]. */
export function bend(curve: Curve, invert: boolean, u: number): number {
  const clipped = Math.min(Math.max(u, 0), 1);
  return SHAPES[curve](invert ? 1 - clipped : clipped);
}

/** The path of a small picture of the curve, y downwards, `pad` free on each side. */
export function curvePath(curve: Curve, invert: boolean, size: number, pad = 2): string {
  const inner = size - 2 * pad;
  const points = Array.from({ length: 17 }, (_, index) => {
    const u = index / 16;
    const x = pad + u * inner;
    const y = pad + (1 - bend(curve, invert, u)) * inner;
    return `${x.toFixed(1)} ${y.toFixed(1)}`;
  });
  return `M${points.join("L")}`;
}

/** A fresh cable over the full range of both axes, a little smoothed. */
export function cable(source: string, target: string): Connection {
  return {
    source,
    target,
    inputs: null,
    outputs: null,
    curve: "linear",
    smooth: 0.02,
    invert: false,
  };
}

/** The curve after this one, for a picture that is clicked. */
export function nextCurve(curve: Curve): Curve {
  const index = CURVES.findIndex((c) => c.name === curve);
  return CURVES[(index + 1) % CURVES.length]?.name ?? "linear";
}

export type End = 0 | 1;
export type Side = "inputs" | "outputs";

/** The ends that hold: those of the cable, else the axis's own; NaN when the axis is gone. */
export function ends(connection: Connection, side: Side, axis: Axis | undefined): [number, number] {
  return connection[side] ?? [axis?.low ?? Number.NaN, axis?.high ?? Number.NaN];
}

/** An end as it is edited: no needless zeros. */
export function plain(value: number): string {
  return Number.isFinite(value) ? String(Number(value.toPrecision(4))).replace("-", "−") : "";
}

/**
 * The cable with one end of a range typed anew; null when the text is no number or the inputs would
 * be empty. An empty text gives the axis its own range back.
 */
export function withEnd(
  connection: Connection,
  side: Side,
  end: End,
  text: string,
  axis: Axis | undefined,
): Connection | null {
  if (text.trim() === "") return { ...connection, [side]: null };
  const value = Number(text.trim().replace(",", ".").replace("−", "-"));
  const [low, high] = ends(connection, side, axis);
  const range: [number, number] = end === 0 ? [value, high] : [low, value];
  if (!range.every(Number.isFinite)) return null;
  if (side === "inputs" && range[0] === range[1]) return null;
  return { ...connection, [side]: range };
}

/** The smoothing typed in milliseconds; null when it is none of 0 to 10,000. */
export function withSmooth(connection: Connection, text: string): Connection | null {
  const ms = Number(text.trim().replace(",", "."));
  if (text.trim() === "" || !(ms >= 0 && ms <= 10_000)) return null;
  return { ...connection, smooth: ms / 1000 };
}

/** What is wrong with a cable, in a sentence; empty when all is well. */
export function faultOf(
  connection: Connection,
  motion: readonly Axis[],
  targets: readonly Axis[],
): string {
  if (!targets.some((axis) => axis.name === connection.target)) {
    return `There is no knob “${connection.target}” here: it waits until you choose its control space again.`;
  }
  if (motion.some((axis) => axis.name === connection.source)) return "";
  return `No source gives “${connection.source}” now: open it, or choose another axis.`;
}

/** What the cables are to a mapping that plays without them. */
export function cablesHead(kind: string): string {
  return kind === "map" ? "Cables over the map" : "Cables";
}

/** What to do while there is no cable. */
export function nothingConnected(kind: string): string {
  const how = "Choose a knob, press Learn, and move.";
  return kind === "direct" ? `Nothing is connected. ${how}` : `A cable takes one knob over. ${how}`;
}

/** What cables may lead to: the knobs, then what steers this kind of mapping. */
export function targetAxes(state: Pick<State, "axes" | "mapping">): Axis[] {
  return [...state.axes, ...state.mapping.steering];
}

/** Axes that nothing drives yet, named ones first. */
export function freeTargets(axes: readonly Axis[], connections: readonly Connection[]): Axis[] {
  const taken = new Set(connections.map((c) => c.target));
  const free = axes.filter((axis) => !taken.has(axis.name));
  return [...free.filter((a) => a.kind !== "texture"), ...free.filter((a) => a.kind === "texture")];
}

/** Where a cable moves to when its target is changed: the old one has to go. */
export function retarget(connection: Connection, target: string): Command[] {
  return [
    { type: "disconnect", target: connection.target },
    { type: "connect", connection: { ...connection, target, outputs: null } },
  ];
}

/** Which axis moves most since it began to listen: the page's hint while the engine listens. */
export class Wiggle {
  private seen = new Map<string, { low: number; high: number }>();

  /** Forget all; call it when learning starts. */
  clear(): void {
    this.seen.clear();
  }

  /** Take the newest values of every source. */
  note(sources: readonly SourceState[], figures: readonly SourceFigures[]): void {
    for (const now of figures) {
      const axes = sources.find((source) => source.name === now.name)?.axes ?? [];
      axes.forEach((axis, index) => {
        const value = now.values[index];
        if (value === null || value === undefined || axis.high === axis.low) return;
        const share = (value - axis.low) / (axis.high - axis.low);
        const span = this.seen.get(axis.name);
        this.seen.set(axis.name, {
          low: Math.min(span?.low ?? share, share),
          high: Math.max(span?.high ?? share, share),
        });
      });
    }
  }

  /** Axes with the share of their range that they crossed, the liveliest first; only real movers. */
  movers(least = 0.05): { name: string; travel: number }[] {
    return [...this.seen]
      .map(([name, span]) => ({ name, travel: Math.min(span.high - span.low, 1) }))
      .filter((mover) => mover.travel >= least)
      .sort((a, b) => b.travel - a.travel);
  }
}
