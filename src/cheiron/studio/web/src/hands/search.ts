/**
 * When to search for hands that are not known yet. Searching a picture takes longer than following both
 * hands through it, and MediaPipe searches every picture as long as a hand is missing: a player who uses
 * one hand would wait for the other all the time.
 */

/**
 * A second hand is searched for this often while one is followed, ms. For as long after it was last seen
 * every picture is searched: trackers miss a hand in a picture now and then.
 */
export const AGAIN = 250;

/** One for all workers. */
export class Search {
  /** Since when searches have shown one hand and no more. */
  private alone = Number.POSITIVE_INFINITY;
  private last = Number.NEGATIVE_INFINITY;

  /** Whether the picture of that time shall be searched; if not, the one known hand is only followed. */
  due(time: number): boolean {
    const due = time - this.alone < AGAIN || time - this.last >= AGAIN;
    if (due) this.last = time;
    return due;
  }

  /** Say how many hands the picture of that time showed; one that was only followed is no news. */
  saw(hands: number, searched: boolean, time: number): void {
    if (hands !== 1) this.alone = Number.POSITIVE_INFINITY;
    else if (searched) this.alone = Math.min(this.alone, time);
  }
}
