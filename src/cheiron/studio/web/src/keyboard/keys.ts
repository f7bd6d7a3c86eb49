/** The keys that are held down, for the "keys" source: the computer's keyboard as a gesture. */

/**
 * The name of a key that plays, which is its place on an English keyboard ("KeyA", "Digit1",
 * "Semicolon"), so that other layouts play alike; empty for other keys.
 */
export function played(code: string): string {
  return /^(Key[A-Z]|Digit[0-9]|Semicolon)$/.test(code) ? code : "";
}

/** The keys that are down, in the order they went down; `down` and `up` say whether that changed. */
export class Held {
  private names: string[] = [];

  get list(): string[] {
    return [...this.names];
  }

  down(name: string): boolean {
    if (name === "" || this.names.includes(name)) return false;
    this.names = [...this.names, name];
    return true;
  }

  up(name: string): boolean {
    if (!this.names.includes(name)) return false;
    this.names = this.names.filter((each) => each !== name);
    return true;
  }

  clear(): boolean {
    if (this.names.length === 0) return false;
    this.names = [];
    return true;
  }
}
