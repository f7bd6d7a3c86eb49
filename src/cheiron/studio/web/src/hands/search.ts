/**
 * When to search for hands that are not known yet. Searching a picture takes longer than following both
 * hands through it, and MediaPipe searches every picture as long as a hand is missing: a player who uses
 * one hand would wait for the other all the time.
 */

/** A second hand is searched for this often while one is followed, ms. */
export const AGAIN = 250;

export class Search {
  private known = 0;
  private last = Number.NEGATIVE_INFINITY;

  /** Whether the next picture shall be searched; if not, the one known hand is only followed. */
  due(time: number): boolean {
    return this.known !== 1 || time - this.last >= AGAIN;
  }

  /** Say how many hands a picture showed, and whether it was searched. */
  saw(hands: number, searched: boolean, time: number): void {
    this.known = hands;
    if (searched) this.last = time;
  }
}
