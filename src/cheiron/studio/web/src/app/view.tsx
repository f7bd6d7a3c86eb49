/** The whole page: the header, the map with what sounds now, and the panels. */

import { signal } from "@preact/signals";
import { connection, state, toasts } from "../state/store";
import { dismiss } from "../state/toasts";
import { PANELS } from "./panels";

const tab = signal("");

export function App() {
  if (state.value === null) return <Waiting />;
  return (
    <div class="app">
      <main class="stage" />
      <aside class="side">
        {PANELS.filter((panel) => panel.place === "top").map(({ name, View }) => (
          <View key={name} />
        ))}
        <Tabs />
      </aside>
      <Toasts />
    </div>
  );
}

/** The panels that share one place, one at a time. */
function Tabs() {
  const panels = PANELS.filter((panel) => panel.place === "tab");
  const open = panels.find((panel) => panel.name === tab.value) ?? panels[0];
  if (open === undefined) return null;
  const step = (by: number) => {
    const next = panels[(panels.indexOf(open) + by + panels.length) % panels.length];
    if (next === undefined) return;
    tab.value = next.name;
    document.getElementById(`tab-${next.name}`)?.focus();
  };
  return (
    <div class="tabs">
      <div class="tab-list" role="tablist" aria-label="Panels">
        {panels.map((panel) => (
          <button
            key={panel.name}
            id={`tab-${panel.name}`}
            type="button"
            role="tab"
            class="tab"
            aria-selected={panel === open}
            aria-controls="tab-panel"
            tabIndex={panel === open ? 0 : -1}
            onClick={() => {
              tab.value = panel.name;
            }}
            onKeyDown={(event) => {
              if (event.key === "ArrowRight") step(1);
              if (event.key === "ArrowLeft") step(-1);
            }}
          >
            {panel.title}
          </button>
        ))}
      </div>
      <div id="tab-panel" class="tab-panel" role="tabpanel" aria-labelledby={`tab-${open.name}`}>
        <open.View />
      </div>
    </div>
  );
}

/** Before the first state: why there is nothing to see yet. */
function Waiting() {
  const words = {
    connecting: "Looking for the instrument …",
    open: "Waiting for the instrument …",
    lost: "The instrument does not answer. Is `cheiron play` running? Trying again …",
    refused:
      "The instrument refused this page: its address has no valid token. Open the address that `cheiron play` printed.",
  };
  return (
    <div class="waiting" role="status">
      <h1>Cheiron</h1>
      <p>{words[connection.value]}</p>
    </div>
  );
}

/** Short sentences, read aloud when they come. */
function Toasts() {
  return (
    <div class="toasts" aria-live="polite" role="log">
      {toasts.value.map((toast) => (
        <button type="button" key={toast.id} class={`toast ${toast.level}`} onClick={() => dismiss(toast.id)}>
          {toast.text}
          {toast.count > 1 && <b> × {toast.count}</b>}
        </button>
      ))}
    </div>
  );
}
