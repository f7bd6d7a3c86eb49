import { describe, expect, it, vi } from "vitest";
import type { Hand } from "../link/protocol";
import { FrameClock } from "./clock";
import { handWords, keep, message, paceOf, paceWords, remedy } from "./logic";
import type { FromTracker, Picture, Seen, ToTracker } from "./messages";
import { Pool, SLOW } from "./pool";

const hand = (side: Hand["side"], count = 63): Hand => ({
  side,
  score: 0.9,
  points: new Array(count).fill(0.5),
  world: new Array(count).fill(0),
});
const seen = (hands: Hand[]): Seen => ({ kind: "seen", number: 3, time: 10, took: 20, aspect: 4 / 3, hands });

describe("what is said to the instrument", () => {
  it("bears the times of the picture and of the message", () => {
    expect(message(seen([hand("left")]), 45, 7)).toMatchObject({ type: "hands", time: 10, sent: 45, lost: 7 });
  });

  it("holds whole hands only", () => {
    expect(message(seen([hand("left", 60), hand("right")]), 45, 0)).toMatchObject({ hands: [{ side: "right" }] });
  });
});

describe("how it goes", () => {
  it("counts the pictures of the last second", () => {
    let beats = keep([], { at: 0, took: 99, delay: 99 });
    for (let at = 2000; at <= 2950; at += 50) beats = keep(beats, { at, took: 20, delay: 35 });
    expect(paceOf(beats)).toEqual({ rate: 20, took: 20, delay: 35 });
    expect(paceWords(paceOf(beats))).toBe("20 pictures a second, 20 ms each, 35 ms after the camera");
  });

  it("says that nothing has come yet", () => {
    expect(paceWords(paceOf([]))).toContain("waiting");
  });

  it("names the hands", () => {
    expect(handWords([])).toBe("no hand in the picture");
    expect(handWords([hand("right")])).toBe("right hand");
    expect(handWords([hand("right"), hand("left")])).toBe("left and right hand");
    expect(handWords([hand("right"), hand("right")])).toBe("2 hands");
  });
});

describe("a camera that cannot be used", () => {
  it.each(["NotAllowedError", "NotFoundError", "NotReadableError", "OverconstrainedError", "TypeError", "Other"])(
    "has a remedy: %s",
    (name) => {
      const error = new Error("x");
      error.name = name;
      expect(remedy(error)).toMatch(/: .*(allow|plug|close|open|try)/);
    },
  );
});

describe("the clock of a camera", () => {
  it("takes a picture that comes late for what it is", () => {
    const clock = new FrameClock();
    expect([0, 33, 66, 99].map((stamp, k) => clock.local(stamp, 1000 + stamp + [5, 0, 40, 0][k]!))).toEqual([
      1005, 1033, 1066, 1099,
    ]);
  });

  it("begins anew with another camera", () => {
    const clock = new FrameClock();
    clock.local(0, 1000);
    expect(clock.local(9e6, 1033)).toBe(1033);
  });

  it("trusts no stamp that is none", () => {
    expect(new FrameClock().local(Number.NaN, 77)).toBe(77);
  });
});

class FakeTracker {
  onmessage: ((event: MessageEvent<FromTracker>) => void) | null = null;
  onerror: ((event: ErrorEvent) => void) | null = null;
  heard: ToTracker[] = [];
  gone = false;
  postMessage(message: ToTracker): void {
    this.heard.push(message);
  }
  terminate(): void {
    this.gone = true;
  }
  say(data: FromTracker): void {
    this.onmessage?.({ data } as MessageEvent<FromTracker>);
  }
  /** Answer the last picture. */
  done(took: number, hands: Hand[] = []): void {
    const last = this.heard[this.heard.length - 1];
    if (last?.kind === "look") this.say({ ...seen(hands), number: last.number, time: last.time, took });
  }
  get searches(): number {
    return this.heard.filter((each) => each.kind === "look" && each.search).length;
  }
  get numbers(): number[] {
    return this.heard.flatMap((each) => (each.kind === "look" ? [each.number] : []));
  }
}

function stage(most = 2) {
  const trackers: FakeTracker[] = [];
  const shown: number[] = [];
  const failed = vi.fn();
  const make = () => {
    trackers.push(new FakeTracker());
    return trackers[trackers.length - 1]!;
  };
  const pool = new Pool({ make, place: "CPU", most, failed, seen: ({ number }) => shown.push(number) });
  const closed: number[] = [];
  const offer = (number: number) => {
    const image = { close: () => closed.push(number) } as unknown as ImageBitmap;
    pool.offer({ image, time: 33 * number, number } satisfies Picture);
  };
  return { pool, trackers, shown, closed, offer, failed };
}

describe("the pool", () => {
  it("lets only the newest picture wait, and closes those that nobody looks at", () => {
    const { trackers, closed, offer, shown, pool } = stage();
    trackers[0]!.say({ kind: "ready" });
    for (const number of [0, 1, 2, 3]) offer(number);
    expect(closed).toEqual([1, 2]);
    expect(pool.lost).toBe(2);
    trackers[0]!.done(20);
    expect(trackers[0]!.numbers).toEqual([0, 3]);
    expect(shown).toEqual([0]);
  });

  it("loses nothing to its own start", () => {
    const { offer, pool } = stage();
    for (const number of [0, 1, 2]) offer(number);
    expect(pool.lost).toBe(0);
  });

  it("fetches help when it is too slow, and never shows what is older than what is known", () => {
    const { trackers, offer, shown, pool } = stage();
    const first = trackers[0]!;
    first.say({ kind: "ready" });
    for (let number = 0; number < 20; number++) {
      offer(number);
      first.done(SLOW + 1);
    }
    expect(pool.workers).toBe(2);
    const second = trackers[1]!;
    second.say({ kind: "ready" });
    offer(20);
    offer(21);
    second.done(20);
    first.done(20);
    expect(shown[shown.length - 1]).toBe(21);
    expect(shown).not.toContain(20);
  });

  it("searches four times a second in all, however many workers follow one hand", () => {
    const { trackers, offer } = stage();
    const answer = (tracker: FakeTracker) => tracker.done(SLOW + 1, [hand("left")]);
    trackers[0]!.say({ kind: "ready" });
    for (let number = 0; number < 20; number++) {
      offer(number);
      answer(trackers[0]!);
    }
    trackers[1]!.say({ kind: "ready" });
    const before = trackers[0]!.searches;
    for (let number = 20; number < 80; number += 2) {
      offer(number);
      offer(number + 1);
      trackers.forEach(answer);
    }
    const found = trackers[0]!.searches - before + trackers[1]!.searches;
    expect(found).toBeGreaterThanOrEqual(6); // in two seconds
    expect(found).toBeLessThanOrEqual(8);
  });

  it("needs no help when it is fast, and gets none where there is no room", () => {
    for (const [most, took] of [[2, SLOW - 1], [1, 500]] as const) {
      const { trackers, offer, pool } = stage(most);
      trackers[0]!.say({ kind: "ready" });
      for (let number = 0; number < 50; number++) {
        offer(number);
        trackers[0]!.done(took);
      }
      expect(pool.workers).toBe(1);
    }
  });

  it("ends its workers and closes what waits", () => {
    const { trackers, offer, closed, pool } = stage();
    offer(0);
    pool.close();
    expect(closed).toEqual([0]);
    expect(trackers[0]!.gone).toBe(true);
  });

  it("says why a worker fails", () => {
    const { trackers, failed } = stage();
    trackers[0]!.say({ kind: "failed", why: "no WebGL" });
    expect(failed).toHaveBeenCalledWith("no WebGL");
  });
});
