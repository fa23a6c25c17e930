import { count, flag, object, text, type Of } from "./schema.ts";

/** A fault in the site data that leaves out one unit (or is only worth knowing), never the whole hierarchy. */
export const PROBLEM = object(
  { code: text, message: text, leftOut: flag },
  {
    /** The only site that it is about; absent: about all of them, or about a unit. */
    site: text,
    /** Unit key; absent: about the hierarchy. */
    unit: text,
    /** How many units it is about, where that is more than the one. */
    units: count,
    /** Place below the site data. */
    path: text,
  },
);
export type Problem = Of<typeof PROBLEM>;
