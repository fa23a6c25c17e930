import { packageOf, type Unit } from "@sitewright/protocol";

/** The site that made an object: its id begins with the site's code. */
export function makerOf(id: string): string {
  return id.slice(0, 3);
}

/** The site that made a package; undefined for units of other kinds. */
export function makerOfUnit(unit: Unit): string | undefined {
  const id = packageOf(unit);
  return id === undefined ? undefined : makerOf(id);
}
