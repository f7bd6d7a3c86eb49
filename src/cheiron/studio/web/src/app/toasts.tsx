import { toasts } from "../state/store";
import { dismiss } from "../state/toasts";

/** Short sentences, read aloud when they come; a press lets one go. */
export function Toasts() {
  return (
    <div class="toasts" aria-live="polite" role="log">
      {toasts.value.map(({ id, level, text, count }) => (
        <button type="button" key={id} class={`toast ${level}`} onClick={() => dismiss(id)}>
          {text}
          {count > 1 && <b> × {count}</b>}
        </button>
      ))}
    </div>
  );
}
