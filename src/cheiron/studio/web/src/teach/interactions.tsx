/** The three embodied interactions, one press each. */

import { send } from "../link/link";
import { known } from "../state/store";
import { Button } from "../widgets/button";
import "./style.css";

export function Interactions() {
  return (
    <div class="interactions" role="group" aria-label="Interactions">
      {known().interactions.map(({ name, help }) => (
        <Button key={name} onPress={() => void send({ type: "interaction", name })} label={`${name}: ${help}`}>
          <b>{name}</b> {help.split(":")[0]}
        </Button>
      ))}
    </div>
  );
}
