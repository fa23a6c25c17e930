import { isSiteCode, SitewrightError } from "@sitewright/protocol";

/** The path of something of a site in the API. Throws `BAD_REQUEST`. */
export function sitePath(code: string, what: string): string {
  if (!isSiteCode(code)) throw new SitewrightError("BAD_REQUEST", `"${code}" is not a site code: write three capital letters or digits`);
  return `/api/v1/sites/${code}/${what}`;
}
