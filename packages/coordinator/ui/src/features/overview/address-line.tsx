import type { AddressView } from "@sitewright/protocol/api";
import { lineRate } from "../../api/addresses.ts";
import { formatBitRate } from "../../lib/format.ts";
import { links } from "../../lib/route.ts";

const WINDOWS = {
  all: "open",
  medium: "open for medium and high priority",
  high: "open for high priority only",
  closed: "closed",
} as const;

/** The current budget and traffic of a line. */
export function AddressLine({ address }: { address: AddressView }) {
  const bits = lineRate(address.key);
  return (
    <p class="address">
      <span>
        Address <a href={links.address(address.key)}>{address.key}</a>{" "}
        <strong class={address.window === "all" ? "" : "warn-text"}>{address.paused ? "paused" : WINDOWS[address.window]}</strong>
      </span>
      <span>
        {address.underWay} of {address.concurrency} transfers
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
