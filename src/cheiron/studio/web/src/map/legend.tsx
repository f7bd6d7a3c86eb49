/** What the landmarks' colours mean. */

import { number, quantity } from "../widgets/format";
import { Select } from "../widgets/fields";
import { css, LAGOON } from "../widgets/palette";
import { type Scale, unitOf } from "./logic";

interface Props {
  by: string;
  names: readonly string[];
  scale: Scale;
  onChoose: (name: string) => void;
}

const GRADIENT = Array.from({ length: 7 }, (_, index) => css(LAGOON(index / 6))).join(", ");

export function Legend({ by, names, scale, onChoose }: Props) {
  if (by === "") return null;
  return (
    <div class="legend">
      <Select label="Colour of the landmarks" value={by} options={names} onChoose={onChoose} />
      <span class="legend-end">{number(scale.low, 2)}</span>
      <span class="legend-bar" style={{ background: `linear-gradient(90deg, ${GRADIENT})` }} />
      <span class="legend-end">{quantity(scale.high, unitOf(by), 2)}</span>
    </div>
  );
}
