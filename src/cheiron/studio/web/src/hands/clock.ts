/** When pictures were taken. */

const MEMORY_MS = 10_000;

/**
 * Moves a camera's own time stamps to the page's clock: the smallest `now - stamp` of the last seconds
 * is the offset, so that a picture that the browser hands over late is not taken for a later one.
 */
export class FrameClock {
  private offset = Number.POSITIVE_INFINITY;
  private next = Number.POSITIVE_INFINITY;
  private began = 0;

  /** Milliseconds of the page's clock, at most `now`. */
  local(stamp: number, now: number): number {
    const offset = now - stamp;
    if (!Number.isFinite(offset)) return now;
    if (Math.abs(offset - this.offset) > 1000) {
      this.offset = this.next = offset;
      this.began = now;
    }
    this.offset = Math.min(this.offset, offset);
    this.next = Math.min(this.next, offset);
    if (now - this.began > MEMORY_MS / 2) {
      this.offset = this.next;
      this.next = offset;
      this.began = now;
    }
    return Math.min(stamp + this.offset, now);
  }
}
