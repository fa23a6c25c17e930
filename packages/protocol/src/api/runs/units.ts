import { ROLES } from "../../unit-kinds.ts";
import { count, flag, object, oneOf, text, type Of } from "../schema.ts";

export const ROLE = oneOf(ROLES);

export const UNIT = object({ role: ROLE, name: text });

export const GENERATION = object({ epoch: count, counter: count });

const SERVED = object({ generation: GENERATION, manifest: text });

/** What a system holds of one unit. */
export const HELD = object(
  { unit: UNIT, previous: flag, sourceVersion: count },
  { highest: GENERATION, live: SERVED, staged: SERVED, content: text, highestVersion: count },
);

/** A package as the site data describe it. */
export const PACKAGE = object({ id: text }, { name: text, sourceVersion: count });
export type PackageView = Of<typeof PACKAGE>;
