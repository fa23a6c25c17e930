import { now } from "../../api/clock.ts";
import { liveness } from "../../api/live.ts";
import { formatAgo, formatClock } from "../../lib/format.ts";

/** ms; a stream that is made anew within it is not worth a word. */
const BLINK = 1_500;

function staleSince(): number | undefined {
  const { state, heardAt } = liveness.value;
  if (state === "live") return undefined;
  return now.value - heardAt > BLINK ? heardAt : undefined;
}

export function LiveMark() {
  const since = staleSince();
  return (
    <span class={since === undefined ? "live" : "live live-stale"} title="Whether this page shows the present state">
      {since === undefined ? "live" : "stale"}
    </span>
  );
}

/** Lies over the page's end, so that nothing moves when it comes and goes. */
export function StaleBanner() {
  const since = staleSince();
  return (
    <div role="status" class="stale-place">
      {since !== undefined && (
        <p class="stale">
          <strong>Stale since {formatClock(since)}</strong> ({formatAgo(since, now.value)}). The coordinator is not heard; this page
          connects again by itself. Work on the systems goes on meanwhile.
        </p>
      )}
    </div>
  );
}
