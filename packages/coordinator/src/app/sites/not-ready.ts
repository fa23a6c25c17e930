import type { ErrorCode } from "@sitewright/protocol";
import type { SiteDataState } from "./site-view.ts";

/** What keeps the coordinator from its work. Anybody may read it: it says what kind of fault there is, and nothing of where. */
export interface NotReady {
  code: ErrorCode;
  message: string;
}

/** Empty: nothing does. */
export function notReady({ fault, readAt }: SiteDataState, isRedisUp: boolean): NotReady[] {
  const consequence = readAt === undefined ? "no agent is let in" : "what was read before stays in force, and no run can be started";
  return [
    ...(fault ? [{ code: fault.code, message: `the site data cannot be used, so ${consequence}: 'sitewright status' says why` }] : []),
    ...(isRedisUp ? [] : [{ code: "REDIS_UNREACHABLE" as const, message: "Redis does not answer: nothing can be ordered before it does" }]),
  ];
}
