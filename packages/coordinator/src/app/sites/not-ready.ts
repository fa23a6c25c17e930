import type { ErrorCode } from "@sitewright/protocol";
import type { SiteDataState } from "./site-view.ts";

/** What prevents the coordinator from working. Public: it names the kind of the fault, and no place. */
export interface NotReady {
  code: ErrorCode;
  message: string;
}

/** Empty: nothing does. */
export function notReady({ fault, readAt }: SiteDataState, isRedisUp: boolean): NotReady[] {
  const consequence = readAt === undefined ? "no agent may connect" : "the last valid reading stays in force, and no run can be started";
  return [
    ...(fault ? [{ code: fault.code, message: `the site data cannot be used, so ${consequence}: 'sitewright status' says why` }] : []),
    ...(isRedisUp
      ? []
      : [
          { code: "REDIS_UNREACHABLE" as const, message: "Redis does not answer, or stores nothing: nothing can be ordered until it does" },
        ]),
  ];
}
