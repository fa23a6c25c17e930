import { PRIORITIES, type AddressTexts, type Window } from "@sitewright/protocol";
import { formatBitRate, formatHour, type AddressDetails, type AddressStatus, type AddressPatch } from "@sitewright/protocol/api";
import { renderTable } from "./table.ts";

const WINDOWS: Record<Window, string> = { all: "all", medium: "medium and high", high: "high only", closed: "closed" };

/** One line per address. */
export function renderAddresses(addresses: readonly AddressStatus[], now: number): string {
  if (addresses.length === 0) return "hierarchy.yaml states no address: every system is on the coordinator's own network";
  return renderTable<AddressStatus>(
    [
      { head: "address", value: ({ key }) => key },
      { head: "bandwidth", align: "right", value: ({ effective }) => effective.bandwidth ?? "unlimited" },
      { head: "budget now", align: "right", value: ({ budget }) => rate(budget) },
      { head: "used", align: "right", value: (address) => formatBitRate(address.rate) },
      { head: "window now", value: windowNow },
      { head: "next change", value: (address) => nextChange(address, now) },
      {
        head: "",
        value: (address) => [slower(address), address.override ? `set by ${address.override.by}` : ""].filter(Boolean).join("; "),
      },
    ],
    addresses,
  );
}

/** Everything about one address: its current state, the origin of each value, and who changed what. */
export function renderAddress(address: AddressDetails, now: number): string {
  const lines = [
    `address ${address.key}: ${windowNow(address)}, ${rate(address.budget)}, ${formatBitRate(address.rate)} used`,
    ...(address.carries === undefined ? [] : [slower(address)]),
    `next change: ${nextChange(address, now) || "none within a week"}`,
    ...(address.paused ? [`nothing is sent until: sitewright address resume ${address.key}`] : []),
    ...PRIORITIES.flatMap((priority) => {
      const opens = address.opensAt[priority];
      if (address.paused || (opens !== undefined && opens <= now)) return [];
      return [`${priority} priority opens: ${opens === undefined ? "not within a week" : formatHour(opens, address.timeZone, now)}`];
    }),
    "",
    renderTable<keyof AddressTexts>(
      [
        { head: "", value: (name) => name },
        { head: "hierarchy.yaml", value: (name) => settingText(address.file[name]) },
        { head: "set over it", value: (name) => settingText(address.override?.[name]) },
      ],
      ["bandwidth", "rateLimit", "schedule"],
    ),
  ];
  const changes = address.changes.map(({ at, by, kind, patch }) =>
    `  ${new Date(at).toLocaleString()}  ${by}: ${kind} ${patchText(patch)}`.trimEnd(),
  );
  return [...lines, ...(changes.length > 0 ? ["", "changes, newest first:", ...changes] : [])].join("\n");
}

function windowNow({ paused, window }: AddressStatus): string {
  return paused ? "paused" : WINDOWS[window];
}

function slower({ carries }: AddressStatus): string {
  return carries === undefined ? "" : `slower than stated: about ${formatBitRate(carries)}`;
}

function nextChange({ nextChange: next, timeZone, paused }: AddressStatus, now: number): string {
  if (!next) return "";
  return `${formatHour(next.at, timeZone, now)}: ${paused ? "" : `${WINDOWS[next.window]}, `}${rate(next.budget)}`;
}

function rate(bitsPerSecond: number | undefined): string {
  return bitsPerSecond === undefined ? "unlimited" : formatBitRate(bitsPerSecond);
}

function settingText(value: string | Readonly<Record<string, string>> | undefined): string {
  if (value === undefined || typeof value === "string") return value ?? "-";
  const entries = Object.entries(value);
  return entries.length === 0 ? "none" : entries.map(([hours, own]) => `${hours}=${own}`).join("; ");
}

function patchText(patch: AddressPatch | undefined): string {
  return Object.entries(patch ?? {})
    .map(([name, value]) => `${name} ${value === null ? "of the file" : settingText(value as string)}`)
    .join(", ");
}
