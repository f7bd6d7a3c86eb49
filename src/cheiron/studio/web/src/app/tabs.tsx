/** The panels that share one place, one at a time. */

import { signal } from "@preact/signals";
import { around } from "./logic";
import { PANELS, type PagePanel } from "./panels";

const REMEMBERED = "cheiron.tab";
const chosen = signal(sessionStorage.getItem(REMEMBERED) ?? "");

export function openTab(name: string): void {
  chosen.value = name;
  sessionStorage.setItem(REMEMBERED, name);
}

export function Tabs() {
  const panels = PANELS.filter((panel) => panel.place === "tab");
  const open = panels.find((panel) => panel.name === chosen.value) ?? panels[0];
  if (open === undefined) return null;
  const go = (to: PagePanel | undefined) => {
    if (to === undefined) return;
    openTab(to.name);
    document.getElementById(`tab-${to.name}`)?.focus();
  };
  const keys: Record<string, () => void> = {
    ArrowRight: () => go(around(panels, open, 1)),
    ArrowLeft: () => go(around(panels, open, -1)),
    Home: () => go(panels[0]),
    End: () => go(panels[panels.length - 1]),
  };
  return (
    <div class="tabs">
      <div class="tab-list" role="tablist" aria-label="Panels" onKeyDown={(event) => keys[event.key]?.()}>
        {panels.map(({ name, title }) => (
          <button
            key={name}
            id={`tab-${name}`}
            type="button"
            role="tab"
            class="tab"
            aria-selected={name === open.name}
            aria-controls="tab-panel"
            tabIndex={name === open.name ? 0 : -1}
            onClick={() => openTab(name)}
          >
            {title}
          </button>
        ))}
      </div>
      <div id="tab-panel" class="tab-panel" role="tabpanel" aria-labelledby={`tab-${open.name}`}>
        <open.View />
      </div>
    </div>
  );
}
