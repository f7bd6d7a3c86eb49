import type { ComponentChildren } from "preact";

interface Option {
  value: string;
  text: string;
}

interface SelectProps {
  label: string;
  value: string;
  options: readonly (Option | string)[];
  onChoose: (value: string) => void;
  disabled?: boolean;
  /** Draw the label beside the menu; otherwise it is only read aloud. */
  caption?: boolean;
}

/** A menu. A value that is not among the options is shown all the same. */
export function Select({ label, value, options, onChoose, disabled, caption }: SelectProps) {
  const all = options.map((each) => (typeof each === "string" ? { value: each, text: each } : each));
  if (!all.some((each) => each.value === value)) all.unshift({ value, text: value || "–" });
  return (
    <label class="field">
      {caption && <span class="field-caption">{label}</span>}
      <select
        class="select"
        aria-label={label}
        disabled={disabled ?? false}
        value={value}
        onChange={(event) => onChoose(event.currentTarget.value)}
      >
        {all.map((each) => (
          <option key={each.value} value={each.value}>
            {each.text}
          </option>
        ))}
      </select>
    </label>
  );
}

interface TextProps {
  label: string;
  value: string;
  /** Called on Enter and when the field is left with another text than before. */
  onEnter: (value: string) => void;
  placeholder?: string;
  disabled?: boolean;
  caption?: boolean;
}

/** One line of text. Escape brings back what it was. */
export function TextField({ label, value, onEnter, placeholder, disabled, caption }: TextProps) {
  return (
    <label class="field">
      {caption && <span class="field-caption">{label}</span>}
      <input
        class="text"
        type="text"
        aria-label={label}
        autocomplete="off"
        spellcheck={false}
        placeholder={placeholder ?? ""}
        disabled={disabled ?? false}
        defaultValue={value}
        key={value}
        onKeyDown={(event) => {
          if (event.key === "Enter") event.currentTarget.blur();
          if (event.key === "Escape") event.currentTarget.value = value;
        }}
        onBlur={(event) => event.currentTarget.value !== value && onEnter(event.currentTarget.value)}
      />
    </label>
  );
}

/** A titled box. `actions` stand at the right of its title. */
export function Panel(props: {
  title: string;
  actions?: ComponentChildren;
  children: ComponentChildren;
  name?: string;
}) {
  return (
    <section class={`panel ${props.name ?? ""}`} aria-label={props.title}>
      <header class="panel-head">
        <h2>{props.title}</h2>
        {props.actions && <div class="panel-actions">{props.actions}</div>}
      </header>
      <div class="panel-body">{props.children}</div>
    </section>
  );
}

/** What a panel says when it has nothing to show yet, and how to change that. */
export function Empty({ children }: { children: ComponentChildren }) {
  return <p class="empty">{children}</p>;
}
