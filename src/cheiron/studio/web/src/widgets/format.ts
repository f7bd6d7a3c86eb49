/** Numbers as people read them: three figures that matter, a real minus sign, the unit after a space. */

const MINUS = "\u2212";

/** A number of about `digits` significant figures, without an exponent where one can be avoided. */
export function number(value: number | null | undefined, digits = 3): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return "–";
  const size = Math.abs(value);
  if (size === 0) return "0";
  if (size >= 1e7 || size < 10 ** -(digits + 2)) return sign(value.toExponential(digits - 1));
  const before = Math.floor(Math.log10(size)) + 1;
  const text = value.toFixed(Math.min(6, Math.max(0, before > 0 ? digits - before : digits - 1 - before)));
  return sign(Number(text) === 0 ? "0" : text);
}

/** A number with its unit: `440 Hz`, `−12.3 dB`, `0.52`. */
export function quantity(value: number | null | undefined, unit: string, digits = 3): string {
  const text = number(value, digits);
  return unit === "" || text === "–" ? text : `${text}\u202f${unit}`;
}

/** Seconds as a player reads them: `0:07`, `12:30`, `1:02:03`. */
export function clock(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const s = String(whole % 60).padStart(2, "0");
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes}:${s}`;
  return `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, "0")}:${s}`;
}

function sign(text: string): string {
  return text.replace("-", MINUS);
}
