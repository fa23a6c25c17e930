import { expect, onTestFinished, test, vi } from "vitest";
import { takenInTime } from "../../http/routes/content.ts";

test("a reader that leaves a slice unread is reported once, and waiting for the next slice is not counted", async () => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  let silences = 0;
  async function* slowSlices(): AsyncGenerator<Uint8Array> {
    for (let i = 0; i < 3; i++) {
      await vi.advanceTimersByTimeAsync(10_000);
      yield new Uint8Array([i]);
    }
  }
  const taken = takenInTime(slowSlices(), 1_000, () => (silences += 1));
  expect((await taken.next()).value).toEqual(new Uint8Array([0]));
  await vi.advanceTimersByTimeAsync(900);
  expect((await taken.next()).value).toEqual(new Uint8Array([1]));
  expect(silences).toBe(0);
  await vi.advanceTimersByTimeAsync(5_000);
  expect(silences).toBe(1);
  await taken.return(undefined);
});

test("large slices are sent as small ones", async () => {
  async function* large(): AsyncGenerator<Uint8Array> {
    yield new Uint8Array(150_000).fill(7);
  }
  const pieces = await Array.fromAsync(takenInTime(large(), 1_000, () => undefined));
  expect(pieces.map(({ length }) => length)).toEqual([65_536, 65_536, 18_928]);
});
