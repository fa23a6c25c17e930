import type { Testimony } from "../serials/proposal.ts";
import type { ObjectFacts } from "./findings.ts";

/** What a system proves of a counter of a site. */
export interface IssuedNumber extends Testimony {
  counter: string;
}

/** The counters of a site's ids. */
const COUNTERS = { package: "packages", program: "packages", advertisement: "advertisements" } as const;
/** Ids of advertisements begin here, those of packages at zero. */
const FIRST_ADVERTISEMENT = 0x20000;

/** The number in an id; undefined: it has none. */
function numberIn({ kind, id }: Pick<ObjectFacts, "kind" | "id">): number | undefined {
  const digits = /^[0-9a-f]{5}$/i.exec(id.slice(3))?.[0];
  if (digits === undefined) return undefined;
  const number = Number.parseInt(digits, 16);
  return kind === "advertisement" && number >= FIRST_ADVERTISEMENT ? number - FIRST_ADVERTISEMENT : number;
}

/**
 * The highest number of each counter that each system proves: by the ids of what it holds or had, and, told apart from those, by the numbers
 * in definitions. Versions of packages are counted for each package, not for the site.
 */
export function issuedNumbers(objects: Iterable<Pick<ObjectFacts, "kind" | "id" | "copies" | "traces">>): IssuedNumber[] {
  const highest = new Map<string, IssuedNumber>();
  function take(witness: string, counter: string, number: number): void {
    const key = `${witness} ${counter}`;
    if (number > (highest.get(key)?.number ?? 0)) highest.set(key, { witness, counter, number });
  }
  for (const object of objects) {
    const counter = COUNTERS[object.kind];
    const issued = numberIn(object) ?? 0;
    for (const { system, number } of [...object.copies, ...object.traces]) {
      take(system, counter, issued);
      if (object.kind !== "package") take(`${system}/definitions`, counter, number);
    }
  }
  return [...highest.values()].toSorted((a, b) => (`${a.counter} ${a.witness}` < `${b.counter} ${b.witness}` ? -1 : 1));
}
