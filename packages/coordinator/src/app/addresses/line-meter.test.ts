import { expect, onTestFinished, test, vi } from "vitest";
import { createLineMeter } from "./line-meter.ts";

test("a line with nothing but heartbeats is shown as idle, and beside other traffic they count", async () => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const published: Record<string, number>[] = [];
  const meter = createLineMeter({ rates: (rates) => void published.push(rates) });
  onTestFinished(() => meter.stop());
  meter.used({ address: "SEC", bytes: 76, isBeat: true });
  await vi.advanceTimersByTimeAsync(2_000);
  expect([published, meter.rate("SEC")]).toEqual([[], 0]);
  meter.used({ address: "SEC", bytes: 1_000 });
  meter.used({ address: "SEC", bytes: 76, isBeat: true });
  await vi.advanceTimersByTimeAsync(250);
  expect([published.at(-1), meter.rate("SEC")]).toEqual([{ SEC: 8_608 }, 8_608]);
  await vi.advanceTimersByTimeAsync(2_000);
  expect(published.at(-1)).toEqual({ SEC: 0 });
});
