/** What is heard, in figures: each descriptor a calm bar, with where it has been of late. */

import { effect, signal } from "@preact/signals";
import type { Axis } from "../link/protocol";
import { known, steady } from "../state/store";
import { Panel } from "../widgets/fields";
import { follow, range, type Track, travel, UNKNOWN, words } from "./logic";
import "./style.css";

const tracks = signal<readonly Track[]>([]);

effect(() => {
  const now = steady.value;
  if (!now?.descriptors) return;
  const before = tracks.peek();
  tracks.value = now.descriptors.map((value, i) => follow(before[i] ?? UNKNOWN, value, now.time));
});

export function Descriptors() {
  return (
    <Panel title="Sound" name="descriptors">
      <dl class="heard-list">
        {known().descriptors.map((axis, i) => (
          <Descriptor key={axis.name} axis={axis} place={i} />
        ))}
      </dl>
    </Panel>
  );
}

function Descriptor({ axis, place }: { axis: Axis; place: number }) {
  const track = tracks.value[place] ?? UNKNOWN;
  const late = range(axis, track);
  const percent = (share: number) => `${(100 * share).toFixed(1)}%`;
  return (
    <div class={`heard ${track.bar === null ? "undefined" : ""}`} title={axis.help}>
      <dt>{axis.name}</dt>
      <dd class="heard-figure">{words(axis, track.figure)}</dd>
      <dd class="heard-bar" aria-hidden="true">
        {late && <i class="late" style={{ left: percent(late[0]), width: percent(late[1] - late[0]) }} />}
        {track.bar !== null && <i class="now" style={{ left: percent(travel(axis, track.bar)) }} />}
      </dd>
    </div>
  );
}
