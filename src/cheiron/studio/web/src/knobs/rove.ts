/** Roving focus: one tab stop for a group, arrow keys within it. */

/** Move the focus among what matches `selector` below the event's element. */
export function rove(event: KeyboardEvent, selector: string, by: 1 | -1): void {
  const group = event.currentTarget as HTMLElement;
  const all = [...group.querySelectorAll<HTMLElement>(selector)];
  const at = all.indexOf(document.activeElement as HTMLElement);
  const next = all[at + by];
  if (at < 0 || next === undefined) return;
  event.preventDefault();
  event.stopPropagation();
  next.focus();
}
