/** Where the sound goes, and who follows. */

import { useSignal } from "@preact/signals";
import { send } from "../link/link";
import type { State } from "../link/protocol";
import { known } from "../state/store";
import { Button } from "../widgets/button";
import { Panel, Select, TextField } from "../widgets/fields";
import { blockCommand, blockLabel, blocks, choices, chosen, oscFault, remedies } from "./logic";
import "./style.css";

export function Output() {
  const { output, follow } = known();
  const list = choices(output);
  return (
    <Panel title="Output" name="output">
      {output.problem && <Problem output={output} />}
      <div class="output-fields">
        <Select
          caption
          label="Sound goes to"
          value={chosen(output)}
          options={list.map(({ value, label }) => ({ value, text: label }))}
          onChoose={(value) => {
            const choice = list.find((c) => c.value === value);
            if (choice) void send(choice.command);
          }}
        />
        <Select
          caption
          label="Block"
          value={String(output.block)}
          disabled={output.kind === "none"}
          options={blocks(output).map((block) => ({
            value: String(block),
            text: blockLabel(block, output.sampleRate),
          }))}
          onChoose={(block) => void send(blockCommand(output, Number(block)))}
        />
        <p class="output-rate">
          {output.kind === "page" && "This page plays the sound; keep it open. "}
          {output.sampleRate > 0 && `${(output.sampleRate / 1000).toFixed(1)}\u202fkHz`}
          {output.kind === "device" && ". Smaller blocks answer faster, larger ones crackle less."}
        </p>
      </div>
      <Follow follow={follow} />
    </Panel>
  );
}

/** What is wrong, and buttons that may help. */
function Problem({ output }: { output: State["output"] }) {
  return (
    <div class="output-problem" role="alert">
      <p>{output.problem}</p>
      <div>
        {remedies(output).map(({ label, command }) => (
          <Button key={label} onPress={() => void send(command)}>
            {label}
          </Button>
        ))}
      </div>
    </div>
  );
}

/** Other programs that hear where the control point is. */
function Follow({ follow }: { follow: State["follow"] }) {
  const fault = useSignal("");
  return (
    <div class="follow" role="group" aria-label="Other programs that follow">
      <h3>Other programs that follow</h3>
      <div class="output-fields">
        <TextField
          caption
          label="OSC to"
          value={follow.osc}
          placeholder="host:port"
          onEnter={(text) => {
            fault.value = oscFault(text);
            if (!fault.value) void send({ type: "follow", osc: text.trim() });
          }}
        />
        <TextField
          caption
          label="MIDI to"
          value={follow.midi}
          placeholder="how a port's name begins"
          onEnter={(text) => {
            fault.value = "";
            void send({ type: "follow", midi: text.trim() });
          }}
        />
      </div>
      {fault.value && (
        <p class="fault" role="alert">
          {fault.value}
        </p>
      )}
    </div>
  );
}
