import { useSignal } from "@preact/signals";
import { send } from "../link/link";
import type { SourceState } from "../link/protocol";
import { Button } from "../widgets/button";
import { type Answers, answersOf, closing, faultOf, type Field, fieldsOf, openCommand } from "./opening";

interface Props {
  kind: string;
  /** The source that is there already, to be set anew. */
  source?: SourceState;
  /** Takes that can be replayed. */
  takes: string[];
  onDone: () => void;
}

/** What a source is opened with. Enter opens, Escape gives up. */
export function OpenForm({ kind, source, takes, onDone }: Props) {
  const settings = source?.settings ?? {};
  const answers = useSignal<Answers>(answersOf(kind, settings, takes));
  const fault = faultOf(kind, answers.value, takes);
  const open = async () => {
    if (fault) return;
    for (const command of source ? closing(source, answers.value) : []) await send(command);
    const reply = await send(openCommand(kind, answers.value, settings));
    if (reply.ok) onDone();
  };
  return (
    <form
      class="source-form"
      onSubmit={(event) => {
        event.preventDefault();
        void open();
      }}
      onKeyDown={(event) => {
        event.stopPropagation();
        if (event.key === "Escape") onDone();
      }}
    >
      {fieldsOf(kind).map((field) => (
        <Ask
          key={field.name}
          field={field}
          value={answers.value[field.name] ?? ""}
          takes={takes}
          onAnswer={(value) => {
            answers.value = { ...answers.value, [field.name]: value };
          }}
        />
      ))}
      <div class="source-form-end">
        <button type="submit" class="button accent" disabled={fault !== ""}>
          Open
        </button>
        <Button tone="quiet" onPress={onDone}>
          Cancel
        </Button>
        <span class="fault" role="status">
          {fault}
        </span>
      </div>
    </form>
  );
}

interface AskProps {
  field: Field;
  value: string | number | boolean;
  takes: string[];
  onAnswer: (value: string | boolean) => void;
}

function Ask({ field, value, takes, onAnswer }: AskProps) {
  if (field.input === "flag") {
    return (
      <label class="ask flag" title={field.hint}>
        <input
          type="checkbox"
          checked={value === true}
          onChange={(event) => onAnswer(event.currentTarget.checked)}
        />
        <span>{field.label}</span>
        <small>{field.hint}</small>
      </label>
    );
  }
  return (
    <label class="ask">
      <span>{field.label}</span>
      {field.input === "take" || field.input === "choice" ? (
        <select
          class="select"
          value={String(value)}
          onChange={(event) => onAnswer(event.currentTarget.value)}
        >
          {(field.options ?? takes.map((take) => ({ value: take, text: take }))).map((option) => (
            <option key={option.value} value={option.value}>
              {option.text}
            </option>
          ))}
        </select>
      ) : (
        <input
          class="text"
          type="text"
          inputMode={field.input === "port" ? "numeric" : "text"}
          autocomplete="off"
          spellcheck={false}
          value={String(value)}
          onInput={(event) => onAnswer(event.currentTarget.value)}
        />
      )}
      <small>{field.hint}</small>
    </label>
  );
}
