/** One or two workers that look at pictures; the newest picture is always the next. */

import type { FromTracker, Picture, Place, Seen, ToTracker } from "./messages";
import { Search } from "./search";

/** As much of a Worker as is needed here. */
export interface Tracker {
  onmessage: ((event: MessageEvent<FromTracker>) => void) | null;
  onerror: ((event: ErrorEvent) => void) | null;
  postMessage(message: ToTracker, transfer: Transferable[]): void;
  terminate(): void;
}

interface Seat {
  tracker: Tracker;
  free: boolean;
  /** Whether it searches the picture that it looks at. */
  searches: boolean;
}

/** A picture that takes longer than this is too slow for one worker, ms. */
export const SLOW = 45;
const PATIENCE = 20; // pictures in a row until a second worker comes

interface Options {
  make: () => Tracker;
  place: Place;
  /** How many workers there may be. */
  most: number;
  seen: (sight: Seen) => void;
  failed: (why: string) => void;
}

/**
 * A picture goes to a free worker; while all are busy only the newest one waits, the one before it is
 * lost. A second worker is started when the first is too slow, and looks at every other picture.
 */
export class Pool {
  /** Pictures that nobody looked at. */
  lost = 0;
  private readonly seats: Seat[] = [];
  private waiting: Picture | null = null;
  private slow = 0;
  private shown = -1;
  private ready = false;
  private readonly search = new Search();

  constructor(private readonly options: Options) {
    this.grow();
  }

  get workers(): number {
    return this.seats.length;
  }

  /** Take a picture; it is closed when it has been looked at, or at once when nobody will. */
  offer(picture: Picture): void {
    if (this.waiting !== null) {
      this.waiting.image.close();
      if (this.ready) this.lost++;
    }
    this.waiting = picture;
    this.next();
  }

  close(): void {
    for (const { tracker } of this.seats.splice(0)) tracker.terminate();
    this.waiting?.image.close();
    this.waiting = null;
  }

  private grow(): void {
    const seat: Seat = { tracker: this.options.make(), free: false, searches: false };
    seat.tracker.onmessage = ({ data }) => this.receive(seat, data);
    seat.tracker.onerror = (event) => this.options.failed(event.message || "the worker cannot be loaded");
    this.seats.push(seat);
    seat.tracker.postMessage({ kind: "start", place: this.options.place }, []);
  }

  private receive(seat: Seat, data: FromTracker): void {
    if (!this.seats.includes(seat)) return;
    if (data.kind === "failed") return this.options.failed(data.why);
    seat.free = true;
    this.ready = true;
    if (data.kind === "seen") {
      this.judge(data.took);
      this.search.saw(data.hands.length, seat.searches, data.time);
      // Two workers may overtake each other; what is older than what is known is no news.
      if (data.number > this.shown) {
        this.shown = data.number;
        this.options.seen(data);
      }
    }
    this.next();
  }

  private next(): void {
    const picture = this.waiting;
    const seat = this.seats.find((each) => each.free);
    if (picture === null || seat === undefined) return;
    this.waiting = null;
    seat.free = false;
    seat.searches = this.search.due(picture.time);
    seat.tracker.postMessage({ kind: "look", search: seat.searches, ...picture }, [picture.image]);
  }

  private judge(took: number): void {
    this.slow = took > SLOW ? this.slow + 1 : Math.max(0, this.slow - 1);
    if (this.slow < PATIENCE || this.seats.length >= this.options.most) return;
    this.slow = 0;
    this.grow();
  }
}
