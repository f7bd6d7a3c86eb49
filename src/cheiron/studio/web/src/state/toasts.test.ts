import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { toasts } from "./store";
import { dismiss, say } from "./toasts";

beforeEach(() => {
  vi.useFakeTimers();
  toasts.value = [];
});
afterEach(() => void vi.useRealTimers());

it("counts a sentence that comes again instead of stacking it", () => {
  for (let i = 0; i < 500; i++) say("warning", "Slow down.");
  expect(toasts.value).toMatchObject([{ text: "Slow down.", count: 500 }]);
});

it("never fills the screen, and goes by itself", () => {
  for (let i = 0; i < 20; i++) say("info", `${i}`);
  expect(toasts.value.length).toBe(4);
  vi.advanceTimersByTime(20000);
  expect(toasts.value).toEqual([]);
});

it("stays longer when it is said again, and goes when pressed", () => {
  say("info", "a");
  vi.advanceTimersByTime(4000);
  say("info", "a");
  vi.advanceTimersByTime(4000);
  expect(toasts.value).toHaveLength(1);
  dismiss(toasts.value[0]?.id ?? -1);
  expect(toasts.value).toEqual([]);
});
