import { closeSync, constants, openSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** Follows .lkp -> .ins -> .ofr -> .pkg of a CAP by path and through an open folder; returns everything a client must never see. */
export function capReader(cap: string): () => string[] {
  let lastSeen = 0;

  /** Each file names its generation in its first line; what is later in the chain may be newer, never older. */
  function readByPath(): string[] {
    const offers = join(cap, "offerinf.box");
    const lkp = generationOf(join(offers, "ABCSystm.lkp"));
    const ins = generationOf(join(offers, referenceIn(lkp.text, /^PC00001=(.*)$/m)));
    const ofr = generationOf(join(offers, referenceIn(ins.text, /^Offer=(.*)$/m)));
    const pkg = generationOf(join(cap, "pkginfo.box", `${referenceIn(ofr.text, /^Package=(.*)$/m)}.pkg`));
    const found: string[] = [];
    if (pkg.generation < ofr.generation) found.push(`old package ${pkg.generation} after new offer ${ofr.generation}`);
    if (lkp.generation < lastSeen) found.push(`old lookup ${lkp.generation} after new ${lastSeen}`);
    lastSeen = lkp.generation;
    return found;
  }

  function readThroughOpenFolder(): string[] {
    const folder = openSync(join(cap, "offerinf.box"), constants.O_RDONLY | constants.O_DIRECTORY);
    try {
      const inside = `/proc/self/fd/${folder}`;
      const lkp = generationOf(join(inside, "ABCSystm.lkp"));
      const ins = generationOf(join(inside, referenceIn(lkp.text, /^PC00001=(.*)$/m)));
      const ofr = generationOf(join(inside, referenceIn(ins.text, /^Offer=(.*)$/m)));
      const seen = new Set([lkp.generation, ins.generation, ofr.generation]);
      return seen.size > 1 ? [`generations ${[...seen].join(", ")} through one open folder`] : [];
    } finally {
      closeSync(folder);
    }
  }

  return () => [readByPath, readThroughOpenFolder].flatMap((read) => failures(read));
}

/** What a step of a client found, or the error that it got. */
export function failures(step: () => string[]): string[] {
  try {
    return step();
  } catch (error) {
    return [String(error)];
  }
}

/** A file that begins with its generation and ends as a complete one does. */
export function generationOf(file: string): { text: string; generation: number } {
  const text = readFileSync(file, "latin1");
  const generation = /^; generation (\d+)$/m.exec(text)?.[1];
  if (generation === undefined || !text.endsWith("; end\n")) throw new Error(`half a file: ${file}`);
  return { text, generation: Number(generation) };
}

function referenceIn(text: string, pattern: RegExp): string {
  const name = pattern.exec(text)?.[1];
  if (name === undefined) throw new Error("a reference is missing");
  return name;
}
