import { Action } from "../../components/action.tsx";
import type { AddressDetails } from "../../lib/types.ts";

/** Where a value comes from, with the way back to the file. */
export function Origin({
  address: { override },
  name,
  onBack,
}: {
  address: AddressDetails;
  name: "bandwidth" | "rateLimit" | "schedule";
  onBack: () => Promise<void>;
}) {
  if (override?.[name] === undefined) return <span class="muted">as in hierarchy.yaml</span>;
  return (
    <span class="origin">
      <span class="muted">set by {override.by}</span>
      <Action label="Back to the file" act={onBack} />
    </span>
  );
}
