import fc from "fast-check";
import { pinnedNoise } from "@sitewright/testkit/pinned-noise";

export function joined(...parts: Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** Bytes as in real files: noise, runs of one value and repeated patterns, one after another. */
export function fileBytes(most: number): fc.Arbitrary<Uint8Array> {
  const run = fc.record({ seed: fc.nat(1_000_000), length: fc.nat(most / 3), period: fc.constantFrom(1, 7, 4096, Infinity) });
  return fc.array(run, { maxLength: 3 }).map((runs) =>
    joined(
      ...runs.map(({ seed, length, period }) => {
        const pattern = pinnedNoise(Math.min(length, period), seed);
        return period === Infinity ? pattern : Uint8Array.from({ length }, (_, i) => pattern[i % period] as number);
      }),
    ),
  );
}

/** Cuts `bytes` into parts at places given by `shares` (0 to 1); some parts may be empty. */
export function cutAt(bytes: Uint8Array, shares: readonly number[]): Uint8Array[] {
  const places = [0, ...shares.map((share) => Math.floor(share * bytes.length)), bytes.length].sort((a, b) => a - b);
  return places.slice(1).map((to, i) => bytes.subarray(places[i], to));
}

export const shares = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 12 });
