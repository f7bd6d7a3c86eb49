/** Which knobs there are, who turns them, and what turning one says to the server. */

import type {
  Axis,
  AxisKind,
  Command,
  Connection,
  Knob,
  Param,
  SceneState,
  State,
} from "../link/protocol";
import { SCENE } from "../scenes/logic";

/** Residuals beyond these are folded away. */
export const RESIDUALS_SHOWN = 6;

/** An axis with its place in Moment.control. */
export interface Placed {
  axis: Axis;
  index: number;
}

export interface KnobGroups {
  /** Those with a name that means something: what can be measured, then what was taught. */
  named: Placed[];
  /** The first few residuals. */
  residual: Placed[];
  /** Folded: residuals beyond the first few. */
  more: Placed[];
  /** Folded: stochastic detail. */
  texture: Placed[];
}

/** By what they stand for, each group in the order of the axes. */
export function groupAxes(axes: readonly Axis[], residuals = RESIDUALS_SHOWN): KnobGroups {
  const placed = axes.map((axis, index) => ({ axis, index }));
  const of = (kinds: AxisKind[]) => placed.filter((p) => kinds.includes(p.axis.kind));
  const rest = of(["residual"]);
  return {
    named: [...of(["descriptor", "free"]), ...of(["personal"])],
    residual: rest.slice(0, residuals),
    more: rest.slice(residuals),
    texture: of(["texture"]),
  };
}

export const KIND_WORDS: Record<AxisKind, { label: string; help: string }> = {
  free: { label: "", help: "" },
  descriptor: { label: "sound", help: "A measurable quality of sound." },
  personal: { label: "yours", help: "A quality that you taught." },
  residual: { label: "unnamed", help: "What no name covers: turn it and listen." },
  texture: { label: "texture", help: "Detail that is drawn at random while nobody drives it." },
};

/** What moves an axis by itself: "" nothing, else a word for the cable. */
export function drivenBy(
  mapping: State["mapping"],
  axis: Axis,
  scenes: readonly SceneState[] = [],
): string {
  const cable = mapping.connections.find((c: Connection) => c.target === axis.name);
  if (cable) return cable.source;
  if (scenes.some((scene) => axis.name in scene.knobs)) return "scenes";
  if (mapping.kind === "direct" || axis.name === SCENE) return "";
  return axis.kind === "texture" ? "" : mapping.kind;
}

export type Holder = "hand" | "cable" | "rest";

/** Who decides an axis now. */
export function heldBy(knob: Knob | undefined, driver: string): Holder {
  if (knob?.locked) return "hand";
  if (driver) return "cable";
  return knob ? "hand" : "rest";
}

/** Turning a knob by hand; the hand takes over from whatever drives it. */
export function turn(axis: Axis, value: number, driver: string): Command {
  const command: Command = { type: "knob", axis: axis.name, value };
  return driver ? { ...command, locked: true } : command;
}

/** The lock's switch: locked goes back to the mapping, else it stays where it is now. */
export function toggleLock(axis: Axis, knob: Knob | undefined, live: number): Command {
  if (knob?.locked) return { type: "release", axis: axis.name };
  const value = Number.isFinite(live) ? live : (knob?.value ?? axis.default);
  return { type: "knob", axis: axis.name, value, locked: true };
}

/** The sentence below a knob that is hovered or focused. */
export function helpOf(axis: Axis, driver: string, knob: Knob | undefined): string {
  const what = axis.help || KIND_WORDS[axis.kind].help;
  const who = knob?.locked
    ? "Held by your hand; double-click or Delete gives it back."
    : driver
      ? `Driven by ${driver}; turn it to take over.`
      : "";
  return [what, who].filter(Boolean).join(" ");
}

export interface ParamGroup {
  name: string;
  params: { param: Param; label: string }[];
}

/** Grouped by what stands before the dot, in the order of first appearance. */
export function groupParams(params: readonly Param[]): ParamGroup[] {
  const groups = new Map<string, ParamGroup>();
  for (const param of params) {
    const dot = param.name.indexOf(".");
    const name = dot < 0 ? "general" : param.name.slice(0, dot);
    const group = groups.get(name) ?? { name, params: [] };
    group.params.push({ param, label: words(param.name.slice(dot + 1)) });
    groups.set(name, group);
  }
  return [...groups.values()];
}

/** "min_cutoff" as people write it. */
export function words(name: string): string {
  return name.replace(/[_-]+/g, " ");
}
