import { useLayoutEffect, useRef } from "preact/hooks";
import { parseTyped, type Range } from "./scale";

interface Props {
  label: string;
  range: Range;
  /** What was typed to open it; empty to start from nothing. */
  start: string;
  placeholder: string;
  /** The value, or null when it was given up. */
  onDone: (value: number | null) => void;
}

/** A value being typed: Enter takes it, Escape gives it up, leaving the field takes it too. */
export function Entry({ label, range, start, placeholder, onDone }: Props) {
  const input = useRef<HTMLInputElement>(null);
  const done = useRef(false);
  // Before the next key can come, so that none is lost.
  useLayoutEffect(() => {
    const element = input.current;
    element?.focus({ preventScroll: true });
    element?.setSelectionRange(start.length, start.length);
  }, []);
  const finish = (value: number | null, back: boolean) => {
    if (done.current) return;
    done.current = true;
    const control = input.current?.closest(".turned")?.querySelector<HTMLElement>("[role=slider]");
    onDone(value);
    if (back) control?.focus({ preventScroll: true });
  };
  const value = () => parseTyped(range, input.current?.value ?? "");
  return (
    <input
      ref={input}
      class="entry"
      type="text"
      inputMode="decimal"
      aria-label={`${label}, typed value`}
      autocomplete="off"
      placeholder={placeholder}
      defaultValue={start}
      onKeyDown={(event) => {
        event.stopPropagation();
        if (event.key === "Enter") finish(value(), true);
        if (event.key === "Escape") finish(null, true);
      }}
      onBlur={() => finish(value(), false)}
    />
  );
}
