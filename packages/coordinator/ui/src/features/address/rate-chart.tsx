import { lineSamples } from "../../api/addresses.ts";
import { now } from "../../api/clock.ts";
import { formatBitRate } from "../../lib/format.ts";
import { chartTop, stepPath } from "../../lib/lines/line-samples.ts";
import { budgetText } from "./window-words.ts";

const SIZE = { width: 600, height: 150 };

/** The last two minutes of a line: its traffic and its budget. */
export function RateChart({ name, budget }: { name: string; budget: number | undefined }) {
  const samples = lineSamples.value.get(name) ?? [];
  const last = samples.at(-1);
  const at = Math.max(now.value, last?.at ?? 0);
  const top = chartTop(samples, budget);
  const used = stepPath(
    samples.map((sample) => ({ at: sample.at, value: sample.rate })),
    at,
    top,
    SIZE,
  );
  // The present state is valid until now, also without traffic.
  const budgets = [...samples.map((sample) => ({ at: sample.at, value: sample.budget })), { at, value: budget }];
  const limit = stepPath(samples.length > 0 ? budgets : [{ at: 0, value: budget }], at, top, SIZE);
  const start = /^M([\d.]+) /.exec(used)?.[1] ?? "0";
  return (
    <figure class="rate-chart">
      <svg
        viewBox={`0 0 ${SIZE.width} ${SIZE.height}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={`The last two minutes: now ${formatBitRate(last?.rate ?? 0)} of ${budgetText(budget)}`}
      >
        {used && <path class="rate-area" d={`${used}V${SIZE.height}H${start}Z`} />}
        {used && <path class="rate-used" d={used} />}
        {limit && <path class="rate-budget" d={limit} />}
      </svg>
      <span class="rate-top">{formatBitRate(top)}</span>
      <span class="rate-middle">{formatBitRate(top / 2)}</span>
      <figcaption>
        <span>2 minutes ago</span>
        <span class="rate-key">
          <span class="key key-used" /> measured
          {budget !== undefined && (
            <>
              <span class="key key-budget" /> budget
            </>
          )}
        </span>
        <span>now</span>
      </figcaption>
    </figure>
  );
}
