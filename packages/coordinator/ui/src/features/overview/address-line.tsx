import { rates } from "../../api/clock.ts";
import { formatBitRate } from "../../lib/format.ts";
import type { AddressView, RunView } from "../../lib/types.ts";

const WINDOWS = {
  all: "open",
  medium: "open for medium and high priority",
  high: "open for high priority only",
  closed: "closed",
} as const;

/** What a line may carry now, and what it does. */
export function AddressLine({ address, views }: { address: AddressView; views: readonly RunView[] }) {
  const bits = bitsNow(address.key);
  return (
    <p class="address">
      <span>
        Address {address.key} <strong class={address.window === "all" ? "" : "warn-text"}>{WINDOWS[address.window]}</strong>
      </span>
      <span>
        {stagingOver(address, views)} of {address.concurrency} transfers
      </span>
      <span class="address-budget">
        {bits > 0 ? `${formatBitRate(bits)} of ` : ""}
        {budgetWords(address)}
      </span>
    </p>
  );
}

export function budgetWords({ budget, bandwidth }: AddressView): string {
  if (budget === undefined) return "no rate limit";
  const limit = formatBitRate(budget);
  return bandwidth === undefined || bandwidth === budget ? limit : `${limit} (rate limit on ${formatBitRate(bandwidth)})`;
}

/** bit/s over a line, by all runs. */
function bitsNow(line: string): number {
  let bytes = 0;
  for (const lines of rates.value.values()) bytes += lines.get(line)?.wire ?? 0;
  return bytes * 8;
}

function stagingOver({ key }: AddressView, views: readonly RunView[]): number {
  return views
    .flatMap(({ phases }) => phases)
    .filter(({ task, state, address }) => task === "stage" && address === key && (state === "running" || state === "released")).length;
}
