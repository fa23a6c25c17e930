import {
  formatBytes,
  formatHour,
  formatSeconds,
  lineShare,
  openWords,
  ownTimeZone,
  type Courier,
  type MediaPlan,
} from "@sitewright/protocol/api";
import { missingWords, terminalLine, unitKey, type MissingChunks, type Unit } from "@sitewright/protocol";
import { lacksRoom } from "../media/fill-courier.ts";
import { problemLine } from "./run-lines.ts";
import { renderTable } from "./table.ts";

/** What goes by the medium and what by the line, and when each would be there. @param now ms since 1970. */
export function renderMediaPlan(
  plan: MediaPlan,
  { courier, volumes, bytes }: { courier: Courier | undefined; volumes: number; bytes: number },
): string {
  const time = (at: number): string => formatHour(at, ownTimeZone(), plan.at);
  const unitOf = (index: number) => plan.units[index] as MediaPlan["units"][number];
  const table = renderTable<MediaOrder>(
    [
      { head: "system", value: ({ system }) => system },
      { head: "unit", value: ({ unit }) => unitKey(unitOf(unit).unit) },
      { head: "source", align: "right", value: ({ unit }) => formatBytes(unitOf(unit).sourceBytes) },
      { head: "goes by", value: (order) => wayWords(order, unitOf(order.unit)) },
      { head: "by the line", value: ({ lineAt, open }) => (lineAt === undefined ? endless(open) : time(lineAt)) },
      { head: "by the medium", value: (order) => (courier ? time(arrivalOf(order, courier)) : "") },
      { head: "better by", value: (order) => (courier ? gain(order, arrivalOf(order, courier)) : "") },
    ],
    plan.orders,
  );
  const lines = plan.orders.length === 0 ? [] : [table, ""];
  const goes = plan.orders.filter(({ by }) => by === "medium").length;
  const size = `${formatBytes(bytes)} on ${volumes === 1 ? "1 volume" : `${volumes} volumes`}`;
  lines.push(goes === 0 ? "nothing goes by a medium" : `${goes} of ${plan.orders.length} go by the medium: ${size}`);
  if (courier && plan.orders.length > 0) lines.push(...whenBetter(plan, courier, time));
  for (const open of new Set(plan.orders.flatMap((order) => order.open ?? [])))
    lines.push(`by the line ${endless(open)}: ${openWords(open)}`);
  if (plan.there > 0) lines.push(`${plan.there} are on their systems already, as these state`);
  lines.push(...troubleLines(plan));
  return lines.join("\n");
}

/** What goes neither by the medium nor by the line, and what else is wrong with the site data. */
export function troubleLines({ leftOut, problems }: Pick<MediaPlan, "leftOut" | "problems">): string[] {
  const stated = new Set(leftOut.map(({ unit }) => unitKey(unit)));
  return [
    ...leftOut.map(({ system, unit, code, message }) => terminalLine(`left out: ${unitKey(unit)} for ${system}: ${code}: ${message}`)),
    ...problems.filter((problem) => !problem.leftOut || !stated.has(problem.unit ?? "")).map(problemLine),
  ];
}

type MediaOrder = MediaPlan["orders"][number];

/** Instead of a time. */
function endless(open: MediaOrder["open"]): string {
  return open === "no-rate" ? "not known" : "never";
}

function wayWords({ by, lineAt }: MediaOrder, unit: MediaPlan["units"][number]): string {
  if (by === "line") return lineAt === undefined ? "neither: no room" : by;
  return unit.part === undefined ? by : `medium ${Math.floor((1 - lineShare(unit)) * 100)} %, line`;
}

/** Of a unit that goes in part: when the line has brought the rest, if that is later. */
function arrivalOf({ by, expectedAt }: MediaOrder, { arrives }: Courier): number {
  return by === "medium" ? (expectedAt ?? arrives) : arrives;
}

function gain({ lineAt, by }: MediaOrder, arrives: number): string {
  if (lineAt === undefined) return "";
  const ms = by === "medium" ? lineAt - arrives : arrives - lineAt;
  return ms < 0 ? `no room: ${formatSeconds(-ms / 1000)} later` : formatSeconds(ms / 1000);
}

/** When which way is better, and what room on the medium would change. */
function whenBetter(plan: MediaPlan, courier: Courier, time: (at: number) => string): string[] {
  const { arrives, leaves } = courier;
  const [first, last] = plan.orders.reduce(
    ([least, most], { lineAt = Infinity }) => [Math.min(least, lineAt), Math.max(most, lineAt)],
    [Infinity, 0],
  );
  const takes = (at: number): string => formatSeconds(Math.max(0, at - leaves) / 1000);
  const lines = [
    `the medium is better for what the line brings after ${time(arrives)}, when the courier arrives, and the line for what it brings before`,
  ];
  const forAll = first > leaves ? `, one who takes less than ${takes(first)} for everything` : "";
  if (last < Infinity) lines.push(`a courier who takes longer than ${takes(last)} is better for nothing${forAll}`);
  else lines.push("what no line brings goes by a medium at any time");
  if (courier.capacity !== undefined && lacksRoom(plan, courier))
    lines.push(
      `${formatBytes(courier.capacity)} are not enough for all that would go: the room is used so that the last line ends earliest`,
    );
  return lines;
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
