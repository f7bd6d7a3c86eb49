/** What the transport does, for its buttons and its keys. */

import { shortcut } from "../keyboard/shortcuts";
import { fetchBeside, send } from "../link/link";
import { state } from "../state/store";
import { say } from "../state/toasts";
import { takeUrl } from "./logic";

/** Start recording, or finish the take. */
export function toggleRecord(): void {
  const now = state.value;
  if (now) void send({ type: "record", on: !now.recording });
}

/** Play a take's gesture again, or stop when it is the one that plays. */
export function toggleReplay(take: string, loop: boolean): void {
  if (state.value?.replaying === take) void send({ type: "replay-stop" });
  else void send(loop ? { type: "replay", take, loop } : { type: "replay", take });
}

/** Save the sound of a take as a file; the token cannot stand in a link, so it is fetched. */
export async function download(take: string): Promise<void> {
  try {
    const response = await fetchBeside(takeUrl(take));
    const url = URL.createObjectURL(await response.blob());
    const link = document.createElement("a");
    link.href = url;
    link.download = fileName(response, take);
    link.click();
    setTimeout(() => URL.revokeObjectURL(url), 10_000);
  } catch {
    say("error", `The take “${take}” could not be downloaded; is the instrument still running?`);
  }
}

function fileName(response: Response, take: string): string {
  const said = /filename="([^"]+)"/.exec(response.headers.get("Content-Disposition") ?? "");
  return said?.[1] ?? `${take}.flac`;
}

shortcut({ keys: "R", does: "Record, and finish the take", run: toggleRecord });
