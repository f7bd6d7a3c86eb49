/** Keeps the screen on while the page is open: a phone that sleeps does not move anything. */

export class Awake {
  private wanted = false;

  constructor(private readonly onChange: (words: string) => void) {
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "visible" && this.wanted) void this.hold();
    });
  }

  /** Hold the screen on; best called from a touch. */
  async hold(): Promise<void> {
    this.wanted = true;
    try {
      const lock = await navigator.wakeLock.request("screen");
      this.onChange("screen stays on");
      lock.addEventListener("release", () => this.onChange(""));
    } catch {
      // An older phone, or a battery saver.
      this.onChange("keep the screen on by hand");
    }
  }
}
