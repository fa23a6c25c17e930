import { isSiteCode, SitewrightError } from "@sitewright/protocol";

export const RECOVERIES_PATH = "/api/v1/recoveries";

/** The path of something of a site in the API. Throws `BAD_REQUEST`. */
export function sitePath(code: string, what: string): string {
  if (!isSiteCode(code)) throw new SitewrightError("BAD_REQUEST", `"${code}" is not a site code: write three capital letters or digits`);
  return `/api/v1/sites/${code}/${what}`;
}

/** The path of a recovery, or of something of it. @param recovery Its id, or the code of its site. */
export function recoveryPath(recovery: string, ...parts: string[]): string {
  return [RECOVERIES_PATH, ...[recovery, ...parts].map(encodeURIComponent)].join("/");
}
