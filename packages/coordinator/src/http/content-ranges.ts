import { SitewrightError, type Ranges } from "@sitewright/protocol";

/** Ranges that one stream may have waiting. */
export const MOST_WAITING = 64 * 1024;

/** Words to one stream about who has what it asked for that may wait for the line. */
export const MOST_NOTICES = 1024;

/** Proves that ranges, which ascend as the protocol has it, lie within a manifest of so many chunks. Throws `BAD_REQUEST`. */
export function checkRanges(ranges: Ranges, chunks: number): void {
  const [from, to] = ranges.at(-1) ?? [0, -1];
  if (to >= chunks) throw new SitewrightError("BAD_REQUEST", `the range ${from} to ${to} leaves the manifest, which has ${chunks} chunks`);
}
