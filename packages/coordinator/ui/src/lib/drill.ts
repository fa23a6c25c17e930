import type { DrillRequest } from "@sitewright/protocol/api";
import { linesOf } from "./recovery-words.ts";

/** What the page asks for. */
export interface DrillChoice {
  sites: readonly string[];
  systems: readonly string[];
  day: string;
  time: string;
  /** `SEC=512 kbit/s`, a line for each. */
  rates: string;
  reserve: readonly string[];
}

export const NOTHING_LOST: DrillChoice = { sites: [], systems: [], day: "Fri", time: "17:00", rates: "", reserve: [] };

const RATE = /^([^=]+)=([^=]+)$/;

/** What cannot be asked for; the coordinator checks the names and the rates. */
export function drillFaults({ rates, time }: DrillChoice): string[] {
  const wrong = linesOf(rates).filter((line) => !RATE.test(line));
  return [
    ...wrong.map((line) => `"${line}" is not understood: write LINE=RATE, as in SEC=512 kbit/s`),
    ...(time === "" ? ["the time is missing"] : []),
  ];
}

export function drillOf({ sites, systems, day, time, rates, reserve }: DrillChoice): DrillRequest {
  const links = linesOf(rates).flatMap((text) => {
    const [, line = "", rate = ""] = RATE.exec(text) ?? [];
    return [[line.trim(), rate.trim()] as const];
  });
  return {
    lose: [...sites, ...systems],
    at: `${day} ${time}`,
    links: Object.fromEntries(links),
    reserve: reserve.filter((name) => !systems.includes(name)),
  };
}
