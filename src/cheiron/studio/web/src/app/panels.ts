/** The page's panels: adding one is a folder and a line here. */

import type { ComponentType } from "preact";
import { Descriptors } from "../descriptors/view";
import { Hands } from "../hands/view";
import { Params } from "../knobs/params";
import { Knobs } from "../knobs/view";
import { Mapping } from "../mapping/view";
import { Output } from "../output/view";
import { Presets } from "../presets/view";
import { Scenes } from "../scenes/view";
import { Sources } from "../sources/view";
import { Teach } from "../teach/view";
import { Transport } from "../transport/view";

export interface PagePanel {
  /** Also its CSS class and its id. */
  name: string;
  title: string;
  /** `top`: always seen beside the map. `tab`: one of the tabs under it. */
  place: "top" | "tab";
  View: ComponentType;
}

export const PANELS: readonly PagePanel[] = [
  { name: "knobs", title: "Knobs", place: "top", View: Knobs },
  { name: "transport", title: "Takes", place: "tab", View: Transport },
  { name: "teach", title: "Teach", place: "tab", View: Teach },
  { name: "presets", title: "Presets", place: "tab", View: Presets },
  { name: "scenes", title: "Scenes", place: "tab", View: Scenes },
  { name: "sources", title: "Sources", place: "tab", View: Sources },
  { name: "hands", title: "Hands", place: "tab", View: Hands },
  { name: "mapping", title: "Mapping", place: "tab", View: Mapping },
  { name: "params", title: "Feel", place: "tab", View: Params },
  { name: "descriptors", title: "Sound", place: "tab", View: Descriptors },
  { name: "output", title: "Output", place: "tab", View: Output },
];
