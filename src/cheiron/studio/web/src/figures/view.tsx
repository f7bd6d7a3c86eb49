import { pageSound } from "../audio/player";
import { figures, pageSounds } from "../state/store";
import { Empty } from "../widgets/fields";
import { lines } from "./logic";
import "./style.css";

/** How the instrument is doing, in words and colours. */
export function FiguresList() {
  const now = figures.value;
  return (
    <section class="figures" aria-label="How the instrument is doing">
      {now === null ? (
        <Empty>No figures yet.</Empty>
      ) : (
        <dl>
          {lines(now, pageSounds.value ? pageSound.value : null).map((line) => (
            <div key={line.name} class={line.health} title={line.help}>
              <dt>{line.name}</dt>
              <dd>
                {line.text} <span>{line.word}</span>
              </dd>
            </div>
          ))}
        </dl>
      )}
    </section>
  );
}
