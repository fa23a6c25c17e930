import { now } from "../../api/clock.ts";
import { percent } from "../../lib/format.ts";
import { curvePath, momentWords, spanOf } from "../../lib/service-curve.ts";
import type { Course } from "../../lib/types.ts";

const SIZE = { width: 600, height: 120 };

/** Service restored over time: as is expected now, and as was expected first. The table beside it says the same in words. */
export function ServiceCurve({ first, present, timeZone }: { first?: Course | undefined; present?: Course | undefined; timeZone: string }) {
  const shown = present ?? first;
  if (!shown) return null;
  const { from, to } = spanOf([first, present]);
  const path = curvePath(shown.curve, from, to, SIZE);
  const start = /^M([\d.]+) /.exec(path)?.[1] ?? "0";
  return (
    <figure class="service-curve">
      <svg viewBox={`0 0 ${SIZE.width} ${SIZE.height}`} preserveAspectRatio="none" role="img" aria-label={labelOf(shown, timeZone)}>
        <title>{labelOf(shown, timeZone)}</title>
        <path class="service-area" d={`${path}V${SIZE.height}H${start}Z`} />
        <path class="service-now" d={path} />
        {present && first && <path class="service-first" d={curvePath(first.curve, from, to, SIZE)} />}
      </svg>
      <span class="service-top">100 %</span>
      <span class="service-middle">50 %</span>
      <figcaption>
        <span>{momentWords(from, timeZone, now.value)}</span>
        <span class="service-key">
          <span class="key key-service" /> served
          {present && first && (
            <>
              <span class="key key-first" /> first forecast
            </>
          )}
        </span>
        <span>{momentWords(to, timeZone, now.value)}</span>
      </figcaption>
    </figure>
  );
}

function labelOf({ curve }: Course, timeZone: string): string {
  const [begin, end] = [curve[0], curve.at(-1)];
  if (!begin || !end) return "Nothing is going to be served";
  return `Service restored: ${percent(begin[1])} % at ${momentWords(begin[0], timeZone, now.value)}, ${percent(end[1])} % by ${momentWords(end[0], timeZone, now.value)}`;
}
