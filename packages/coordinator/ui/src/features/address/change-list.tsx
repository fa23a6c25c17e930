import { Empty } from "../../components/page-parts.tsx";
import { formatMoment } from "../../lib/format.ts";
import type { AddressChange } from "../../lib/types.ts";

const KINDS: Record<AddressChange["kind"], string> = {
  set: "set",
  pause: "paused it",
  resume: "resumed it",
  reset: "went back to hierarchy.yaml",
};
const NAMES: Record<string, string> = { bandwidth: "bandwidth", rateLimit: "rate limit", schedule: "schedule" };

export function ChangeList({ changes }: { changes: readonly AddressChange[] }) {
  if (changes.length === 0) return <Empty title="Nobody has changed anything here: hierarchy.yaml is in force" />;
  return (
    <ol class="card changes">
      {changes.map((change) => (
        <li key={change.at}>
          <time class="muted">{formatMoment(change.at)}</time>
          <span>
            <strong>{change.by}</strong> {KINDS[change.kind]} {patchText(change.patch)}
          </span>
        </li>
      ))}
    </ol>
  );
}

function patchText(patch: AddressChange["patch"]): string {
  return Object.entries(patch ?? {})
    .map(([name, value]) => `${NAMES[name] ?? name} ${valueText(value)}`)
    .join(", ");
}

function valueText(value: unknown): string {
  if (value === null) return "as in hierarchy.yaml";
  if (typeof value === "string") return value;
  const entries = Object.entries(value as Record<string, string>);
  return entries.length === 0 ? "to none" : entries.map(([hours, own]) => `${hours}: ${own}`).join("; ");
}
