/** The page's panels: adding one is a folder and a line here. */

import type { ComponentType } from "preact";

export interface PagePanel {
  /** Also its CSS class and its id. */
  name: string;
  title: string;
  /** `top`: always seen beside the map. `tab`: one of the tabs under it. */
  place: "top" | "tab";
  View: ComponentType;
}

export const PANELS: readonly PagePanel[] = [];
