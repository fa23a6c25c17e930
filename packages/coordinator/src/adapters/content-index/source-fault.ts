import { SitewrightError, type ErrorCode } from "@sitewright/protocol";

/** Why a unit cannot be carried, one thing of possibly many. */
export interface SourceFault {
  code: ErrorCode;
  /** Place below the site data. */
  path: string;
  message: string;
}

const SHOWN = 20;

/** One error for all faults of a unit, with the code of the first. */
export function sourceError(unit: string, faults: readonly SourceFault[]): SitewrightError {
  const [first] = faults;
  const lines = faults.slice(0, SHOWN).map(({ path, message }) => `${path}: ${message}`);
  if (faults.length > SHOWN) lines.push(`... and ${faults.length - SHOWN} more`);
  return new SitewrightError(first?.code ?? "INTERNAL", `${unit} is left out: ${lines.join("\n")}`, { path: first?.path ?? unit });
}
