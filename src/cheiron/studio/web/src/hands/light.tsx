/** The sign that the camera is on. */

import { openTab } from "../app/tabs";
import { phase } from "./player";
import "./style.css";

/** Lit wherever the player looks, while the camera is on; leads to its panel. */
export function CameraLight() {
  if (phase.value === "off") return null;
  return (
    <button type="button" class="camera-light" onClick={() => openTab("hands")} title="The camera is on">
      <i aria-hidden="true" />
      Camera on
    </button>
  );
}
