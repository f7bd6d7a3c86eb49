/**
 * At most 250 messages a second, the latest always sent: what comes sooner than 4 ms after the last
 * message replaces whatever waits, and goes when the 4 ms are over. Presses and lifts never wait.
 */

export const INTERVAL_MS = 4;

export class Pace<T> {
  private last = Number.NEGATIVE_INFINITY;
  private waiting: T | null = null;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly out: (message: T) => void,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** Send now, or as soon as the pace allows. */
  offer(message: T): void {
    const rest = this.last + INTERVAL_MS - this.now();
    if (rest <= 0) return this.send(message);
    this.waiting = message;
    this.timer ??= setTimeout(() => this.late(), rest);
  }

  /** Send now, after what waits, which may be an end point that must not be lost. */
  send(message: T): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.waiting = null;
    this.last = this.now();
    this.out(message);
  }

  private late(): void {
    this.timer = undefined;
    if (this.waiting !== null) this.send(this.waiting);
  }
}
