/** Of Systems Management Server: clients wait while an inbox holds it. */
export const INBOX_LOCK = "Inboxlck.tok";

/** In a CAP each leads to those before it; the last is what clients begin with. Everything else comes first. */
const LED_TO: readonly RegExp[] = [/\.(ofr|pkg|nal)$/i, /\.ins$/i, /\.lkp$/i];

interface Part {
  path: string;
  /** Of a part of an owned path: the number of that, and the way below it. */
  place: string;
  in: string | undefined;
}

/** Whether it is not the whole of an owned path. */
export function isPart({ place }: Pick<Part, "place">): boolean {
  return place.includes("/");
}

/** The owned path that it is a part of. */
export function topOfPart({ path, place }: Pick<Part, "path" | "place">): string {
  return path.slice(0, path.length - place.slice(place.indexOf("/")).length);
}

/** What others lead to becomes live before them, and what is only removed goes after everything, in reverse. */
export function inSwitchOrder<Row extends Part>(rows: readonly Row[]): Row[] {
  const rank = (row: Row): number => {
    const level = LED_TO.findIndex((names) => names.test(row.path));
    return row.in === undefined ? 2 * LED_TO.length - level : level;
  };
  return rows.toSorted((a, b) => rank(a) - rank(b) || (a.path < b.path ? -1 : 1));
}
