/** The whole page: the header, the map with what sounds now, and the panels. */

import { useEffect } from "preact/hooks";
import { needsTouch } from "../audio/player";
import { FiguresList } from "../figures/view";
import { Header } from "../header/view";
import { Help } from "../keyboard/view";
import { SoundMap } from "../map/view";
import { Meter } from "../meter/view";
import { Scope } from "../scope/view";
import { Spectrogram } from "../spectrogram/view";
import { connection, state } from "../state/store";
import { waitingWords } from "./logic";
import { PANELS } from "./panels";
import { startPage } from "./start";
import { Tabs } from "./tabs";
import { Toasts } from "./toasts";
import "./style.css";

export function App() {
  useEffect(startPage, []);
  return (
    <>
      {state.value === null ? <Waiting /> : <Page />}
      <Toasts />
    </>
  );
}

function Page() {
  const away = connection.value !== "open";
  return (
    <div class={`app ${away ? "away" : ""}`}>
      <Header />
      <main class="stage">
        <SoundMap />
        {needsTouch.value && (
          <p class="touch-prompt" role="status">
            Press anywhere to hear the sound
          </p>
        )}
        <div class="instruments">
          <Meter />
          <Scope />
          <Spectrogram />
          <FiguresList />
        </div>
      </main>
      <aside class="side" aria-label="Panels">
        {PANELS.filter((panel) => panel.place === "top").map(({ name, View }) => (
          <View key={name} />
        ))}
        <Tabs />
      </aside>
      <Help />
    </div>
  );
}

/** Before the first state: why there is nothing to see yet. */
function Waiting() {
  return (
    <div class="waiting" role="status">
      <h1>Cheiron</h1>
      <p>{waitingWords(connection.value)}</p>
    </div>
  );
}
