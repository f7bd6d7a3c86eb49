import { expect, it } from "vitest";
import { clock, number, quantity } from "./format";
import { css, LAGOON, MAGMA, pixels } from "./palette";
import { place, valueAt } from "./scale";

it.each([
  [0, "0"],
  [12.345, "12.3"],
  [0.5, "0.50"],
  [-3, "−3.00"],
  [440, "440"],
  [1234.5, "1235"],
  [-0.0001, "−0.00010"],
  [Number.NaN, "–"],
  [null, "–"],
])("writes %s as %s", (value, text) => {
  expect(number(value)).toBe(text);
});

it("writes units and times", () => {
  expect(quantity(440, "Hz")).toBe("440\u202fHz");
  expect(quantity(null, "Hz")).toBe("–");
  expect([7, 75, 3723, -1].map(clock)).toEqual(["0:07", "1:15", "1:02:03", "0:00"]);
});

it.each(["linear", "exp"] as const)("finds the same place again, %s", (curve) => {
  for (const at of [0, 0.25, 1]) expect(place(valueAt(at, 0.1, 20, curve), 0.1, 20, curve)).toBeCloseTo(at);
  expect(place(99, 0.1, 20, curve)).toBe(1);
});

it("does not divide by an empty range", () => {
  expect(place(3, 3, 3)).toBe(0);
});

it("grows lighter along its ramps, which end where they say", () => {
  for (const ramp of [MAGMA, LAGOON]) {
    const light = Array.from({ length: 11 }, (_, i) => {
      const [r, g, b] = ramp(i / 10);
      return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    });
    expect(light).toEqual([...light].sort((a, b) => a - b));
    expect(ramp(Number.NaN)).toEqual(ramp(0));
    expect(ramp(7)).toEqual(ramp(1));
  }
  expect(css(MAGMA(0))).toBe("rgb(0 0 4 / 1)");
  expect((pixels(MAGMA)[0] ?? 0).toString(16)).toBe("ff040000");
});
