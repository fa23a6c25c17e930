import { formatBytes, formatHour, formatSeconds, lineShare, ownTimeZone, type Courier, type MediaPlan } from "@sitewright/protocol/api";
import { missingWords, terminalLine, unitKey, type MissingChunks, type Unit } from "@sitewright/protocol";
import { renderTable } from "./table.ts";

/** What goes by the medium and what by the line, and when each would be there. @param now ms since 1970. */
export function renderMediaPlan(
  plan: MediaPlan,
  { courier, volumes, bytes }: { courier: Courier | undefined; volumes: number; bytes: number },
): string {
  const time = (at: number): string => formatHour(at, ownTimeZone(), plan.at);
  const unitOf = (index: number) => plan.units[index] as MediaPlan["units"][number];
  /** Of a unit that goes in part: when the line has brought the rest, if that is later. */
  const arrivalOf = ({ by, unit, lineAt = 0 }: MediaPlan["orders"][number]): number => {
    const { arrives } = courier as Courier;
    const share = lineShare(unitOf(unit));
    return by === "medium" && share < 1 ? Math.max(arrives, plan.at + (lineAt - plan.at) * share) : arrives;
  };
  const table = renderTable<MediaPlan["orders"][number]>(
    [
      { head: "system", value: ({ system }) => system },
      { head: "unit", value: ({ unit }) => unitKey(unitOf(unit).unit) },
      { head: "source", align: "right", value: ({ unit }) => formatBytes(unitOf(unit).sourceBytes) },
      { head: "goes by", value: ({ by, unit }) => (by === "medium" ? mediumWords(unitOf(unit)) : by) },
      { head: "by the line", value: ({ lineAt, open }) => (lineAt === undefined ? `never (${open ?? "no line"})` : time(lineAt)) },
      { head: "by the medium", value: (order) => (courier ? time(arrivalOf(order)) : "") },
      { head: "better by", value: (order) => gain(order, courier && arrivalOf(order)) },
    ],
    plan.orders,
  );
  const lines = plan.orders.length === 0 ? [] : [table, ""];
  const goes = plan.orders.filter(({ by }) => by === "medium").length;
  const size = `${formatBytes(bytes)} on ${volumes === 1 ? "1 volume" : `${volumes} volumes`}`;
  lines.push(goes === 0 ? "nothing goes by a medium" : `${goes} of ${plan.orders.length} go by the medium: ${size}`);
  if (plan.there > 0) lines.push(`${plan.there} are on their systems already, as these state`);
  for (const { system, unit, code, message } of plan.leftOut)
    lines.push(terminalLine(`left out: ${unitKey(unit)} for ${system}: ${code}: ${message}`));
  return lines.join("\n");
}

function mediumWords(unit: MediaPlan["units"][number]): string {
  return unit.part === undefined ? "medium" : `medium ${Math.floor((1 - lineShare(unit)) * 100)} %, line`;
}

function gain({ lineAt, by }: MediaPlan["orders"][number], arrives: number | undefined): string {
  if (arrives === undefined || lineAt === undefined) return "";
  const ms = by === "medium" ? lineAt - arrives : arrives - lineAt;
  return ms < 0 ? `no room: ${formatSeconds(-ms / 1000)} later` : formatSeconds(ms / 1000);
}

interface Verified {
  table: { medium: string; volumes: number; generation: { epoch: number; counter: number }; madeAt: number };
  volumes: readonly { number: number; state: string }[];
  damaged: readonly { path: string; why: string }[];
  units: readonly { unit: Unit; missing: MissingChunks; damaged: boolean }[];
}

export function renderVerified({ table, volumes, damaged, units }: Verified): string {
  return [
    `medium ${table.medium} of ${new Date(table.madeAt).toISOString()}`,
    ...volumes.map(
      ({ number, state }) =>
        `volume ${number} of ${table.volumes}  ${state === "computed" ? "missing, and can be computed from the others" : state}`,
    ),
    ...units.map(({ unit, missing, damaged: isDamaged }) => `${unitKey(unit)}  ${isDamaged ? "damaged" : missingWords(missing)}`),
    ...damaged.map(({ path, why }) => terminalLine(`damaged: ${path} ${why}`)),
  ].join("\n");
}
