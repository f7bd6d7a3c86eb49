import { describe, expect, it } from "vitest";
import { AGAIN, Search } from "./search";

/** Which of the pictures, 50 ms apart, are searched when each shows as many hands as are said. */
function searched(hands: number[]): number[] {
  const search = new Search();
  return hands.flatMap((count, number) => {
    const due = search.due(50 * number);
    search.saw(count, due, 50 * number);
    return due ? [number] : [];
  });
}

describe("the search for hands", () => {
  it("looks at every picture as long as there is no hand", () => {
    expect(searched([0, 0, 0, 0])).toEqual([0, 1, 2, 3]);
  });

  it("leaves it to the tracker of both while both are there", () => {
    expect(searched([2, 2, 2, 2])).toEqual([0, 1, 2, 3]);
  });

  it("looks for a second hand now and then while there is one", () => {
    expect(AGAIN).toBe(250);
    expect(searched(new Array(20).fill(1))).toEqual([0, 1, 2, 3, 4, 9, 14, 19]);
  });

  it("does not give up a hand that one picture misses", () => {
    expect(searched([2, 2, 1, 2, 1, 2, 2, 2])).toHaveLength(8);
  });

  it("goes on at once when the only hand has gone", () => {
    expect(searched([1, 1, 1, 1, 1, 1, 0, 0, 0])).toEqual([0, 1, 2, 3, 4, 7, 8]);
  });

  it("believes a search that others have overtaken", () => {
    const search = new Search();
    search.saw(1, true, 0);
    expect([1000, 1050].map((time) => search.due(time))).toEqual([true, false]);
    search.saw(1, false, 1050);
    search.saw(2, true, 1000);
    expect(search.due(1100)).toBe(true);
  });
});
