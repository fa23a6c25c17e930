import { count, flag, object, text, type Of } from "./schema.ts";

/** A fault in the site data that excludes one unit (or is only for information), never the whole hierarchy. */
export const PROBLEM = object(
  { code: text, message: text, leftOut: flag },
  {
    /** The only site it concerns; absent: it concerns all sites, or a unit. */
    site: text,
    /** Unit key; absent: it concerns the hierarchy. */
    unit: text,
    /** How many units it concerns, if more than one. */
    units: count,
    /** Place below the site data. */
    path: text,
  },
);
export type Problem = Of<typeof PROBLEM>;
