/** What can be turned beside the knobs: smoothing, radius, speed, … */

import { known } from "../state/store";
import { Empty, Panel } from "../widgets/fields";
import { Fader } from "./fader";
import { groupParams, words } from "./logic";
import { rove } from "./rove";
import "./style.css";

export function Params() {
  const { params } = known();
  return (
    <Panel title="Feel" name="params">
      {params.length === 0 && <Empty>Nothing to adjust with this mapping.</Empty>}
      <ParamGroups prefix="" />
    </Panel>
  );
}

/** The groups whose name starts with `prefix`; all of them when it is empty. */
export function ParamGroups({ prefix }: { prefix: string }) {
  const groups = groupParams(known().params).filter((group) => group.name.startsWith(prefix));
  return (
    <div
      onKeyDown={(event) => {
        if (event.key === "ArrowUp") rove(event, "[role=slider]", -1);
        if (event.key === "ArrowDown") rove(event, "[role=slider]", 1);
      }}
    >
      {groups.map((group) => (
        <div class="param-group" role="group" aria-label={words(group.name)} key={group.name}>
          <h3>{words(group.name)}</h3>
          {group.params.map(({ param, label }) => (
            <Fader key={param.name} param={param} label={label} />
          ))}
        </div>
      ))}
    </div>
  );
}
