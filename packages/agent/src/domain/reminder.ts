/** After so long the same is news again, ms. */
const AGAIN_MS = 3_600_000;
/** Reasons that are remembered; of more, the oldest are news again. */
const MOST = 20;

/** Tells whether a reason is to be said: when it was not for an hour, so that trouble that lasts or changes is never silent. */
export function createReminder(clock: () => number): (reason: string) => boolean {
  /** When each was said last; the oldest first. */
  const said = new Map<string, number>();
  return (reason) => {
    const now = clock();
    const before = said.get(reason);
    if (before !== undefined && now >= before && now - before < AGAIN_MS) return false;
    said.delete(reason);
    said.set(reason, now);
    for (const oldest of said.keys()) {
      if (said.size <= MOST) break;
      said.delete(oldest);
    }
    return true;
  };
}
