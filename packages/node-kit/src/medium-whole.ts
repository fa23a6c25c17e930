import { SitewrightError } from "@sitewright/protocol";
import type { VerifiedMedium } from "./medium-verify.ts";

/** Throws `MEDIUM_DAMAGED`, and `MEDIUM_VOLUME_MISSING` for a volume that cannot be computed either. */
export function requireWhole({ volumes, damaged }: VerifiedMedium): void {
  const [first] = damaged;
  if (first)
    throw new SitewrightError(
      "MEDIUM_DAMAGED",
      `${first.path} ${first.why}: use another copy of the volume, or its parity, or write the medium again`,
      { path: first.path },
    );
  const missing = volumes.filter(({ state }) => state === "missing").map(({ number }) => number);
  if (missing.length > 0)
    throw new SitewrightError(
      "MEDIUM_VOLUME_MISSING",
      `volume ${missing.join(", ")} of ${volumes.length} is not there, and was not read: name its folder too`,
    );
}
