import { describe, expect, it } from "vitest";
import { AGAIN, Search } from "./search";

/** Which of the pictures, 33 ms apart, are searched when each shows as many hands as are said. */
function searched(hands: number[]): number[] {
  const search = new Search();
  return hands.flatMap((count, number) => {
    const due = search.due(33 * number);
    search.saw(count, due, 33 * number);
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
    const found = searched(new Array(40).fill(1));
    expect(found.slice(0, 3)).toEqual([0, 8, 16]);
    expect(33 * 8).toBeGreaterThanOrEqual(AGAIN);
  });

  it("begins at once when the only hand has gone", () => {
    expect(searched([1, 1, 1, 0, 0])).toEqual([0, 4]);
  });

  it("is put off by a search that came early", () => {
    const search = new Search();
    search.saw(1, true, 1000);
    expect(search.due(1000 + AGAIN - 1)).toBe(false);
    search.saw(1, true, 1100);
    expect(search.due(1000 + AGAIN)).toBe(false);
    expect(search.due(1100 + AGAIN)).toBe(true);
  });
});
