import type { ContentBar } from "../lib/content-bar.ts";
import { formatBytes, percent, plural } from "../lib/format.ts";

/** The parts of a plan side by side: reused, sent, remaining. */
export function Bar({ bar, label, small = false }: { bar: ContentBar; label: string; small?: boolean }) {
  const width = (part: number) => ({ width: `${bar.total === 0 ? 0 : (part / bar.total) * 100}%` });
  return (
    <div
      class={small ? "bar bar-small" : "bar"}
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={percent(bar.share)}
      aria-valuetext={describe(bar)}
      title={describe(bar)}
    >
      <span class="bar-reused" style={width(bar.reused)} />
      <span class="bar-sent" style={width(bar.sent)} />
    </div>
  );
}

function describe({ unit, sent, reused, remaining, total, share }: ContentBar): string {
  if (unit === "steps") return `${sent} of ${plural(total, "step")}`;
  return `${percent(share)} % of ${formatBytes(total)}: ${formatBytes(reused)} reused, ${formatBytes(sent)} fetched, ${formatBytes(remaining)} remaining`;
}
