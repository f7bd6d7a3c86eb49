/** Colour ramps: a number in [0, 1] to a colour, even to the eye and readable on a dark ground. */

export type Colour = readonly [red: number, green: number, blue: number];

/** Like matplotlib's magma (van der Walt and Smith, 2015): black, violet, coral, cream. */
export const MAGMA = ramp(
  "000004 120d31 331067 5a167e 812581 a9327d d3436e f1605d fd9567 fec68a fcfdbf".split(" "),
);
/** For what lies on the map: cool throughout, so that the warm live point stands out. */
export const LAGOON = ramp("4b4f9c 4670b8 3f93c4 45b3bd 74cfae b5e6b1 f2f8d2".split(" "));

export type Ramp = (at: number) => Colour;

/** A ramp through colours of six hexadecimal digits, evenly spaced. */
export function ramp(stops: readonly string[]): Ramp {
  const colours = stops.map(
    (stop): Colour => [0, 2, 4].map((from) => Number.parseInt(stop.slice(from, from + 2), 16)) as never,
  );
  return (at) => {
    const x = Math.min(Math.max(Number.isFinite(at) ? at : 0, 0), 1) * (colours.length - 1);
    const index = Math.min(Math.floor(x), colours.length - 2);
    const [from, to] = [colours[index] as Colour, colours[index + 1] as Colour];
    const mix = (channel: 0 | 1 | 2) =>
      Math.round(from[channel] + (x - index) * (to[channel] - from[channel]));
    return [mix(0), mix(1), mix(2)];
  };
}

/** As CSS writes it. */
export function css([red, green, blue]: Colour, alpha = 1): string {
  return `rgb(${red} ${green} ${blue} / ${alpha})`;
}

/** 256 colours as canvas pixels (little endian ABGR), for drawing images fast. */
export function pixels(of: Ramp): Uint32Array<ArrayBuffer> {
  return Uint32Array.from({ length: 256 }, (_, index) => {
    const [red, green, blue] = of(index / 255);
    return (0xff000000 | (blue << 16) | (green << 8) | red) >>> 0;
  });
}
