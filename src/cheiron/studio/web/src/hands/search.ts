/**
 * When to search for hands that are not known yet. Searching a picture takes longer than following both
 * hands through it, and MediaPipe searches every picture as long as a hand is missing: a player who uses
 * one hand would wait for the other all the time.
 */

/** A second hand is searched for this often while one is followed, ms. */
export const AGAIN = 250;

/** One for all workers. */
export class Search {
  private known = 0;
  private last = Number.NEGATIVE_INFINITY;

  /** Whether the picture of that time shall be searched; if not, the one known hand is only followed. */
  due(time: number): boolean {
    const due = this.known !== 1 || time - this.last >= AGAIN;
    if (due) this.last = time;
    return due;
  }

  /** Say how many hands the newest picture showed. */
  saw(hands: number): void {
    this.known = hands;
  }
}
