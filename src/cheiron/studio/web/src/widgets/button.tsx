import type { ComponentChildren } from "preact";

interface Props {
  onPress: () => void;
  children: ComponentChildren;
  /** Said by screen readers and shown on hover; needed where the children are only a sign. */
  label?: string;
  /** A toggle when given: is it on? */
  on?: boolean;
  disabled?: boolean;
  tone?: "plain" | "accent" | "danger" | "quiet";
  /** The key that does the same, such as "M". */
  hotkey?: string;
}

/** A push button, or a toggle when `on` is given. */
export function Button({ onPress, children, label, on, disabled, tone = "plain", hotkey }: Props) {
  const title = [label, hotkey && `(${hotkey})`].filter(Boolean).join(" ");
  return (
    <button
      type="button"
      class={`button ${tone}`}
      disabled={disabled ?? false}
      {...(on === undefined ? {} : { "aria-pressed": on })}
      {...(label === undefined ? {} : { "aria-label": label })}
      {...(hotkey === undefined ? {} : { "aria-keyshortcuts": hotkey })}
      {...(title === "" ? {} : { title })}
      onClick={onPress}
    >
      {children}
    </button>
  );
}
