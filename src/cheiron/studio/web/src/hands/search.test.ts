import { describe, expect, it } from "vitest";
import { AGAIN, Search } from "./search";

/** Which of the pictures, 33 ms apart, are searched when each shows as many hands as are said. */
function searched(hands: number[]): number[] {
  const search = new Search();
  return hands.flatMap((count, number) => {
    const due = search.due(33 * number);
    search.saw(count);
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
    expect(searched(new Array(20).fill(1))).toEqual([0, 8, 16]);
    expect(33 * 7).toBeLessThan(AGAIN);
  });

  it("goes on at once when the only hand has gone", () => {
    expect(searched([1, 1, 1, 0, 0])).toEqual([0, 4]);
  });

  it("is not begun twice for two pictures that are under way together", () => {
    const search = new Search();
    search.saw(1);
    expect([1000, 1033, 1000 + AGAIN].map((time) => search.due(time))).toEqual([true, false, true]);
  });
});
