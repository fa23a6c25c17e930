import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { checkKnowledge } from "../domain/checks/check-knowledge.ts";
import type { Knowledge } from "../domain/knowledge.ts";
import { readKnowledge } from "../domain/read/knowledge.ts";
import type { DataFile, Fault } from "../domain/read/tree.ts";
import { parseTree } from "./yaml.ts";

const FOLDER = join(import.meta.dirname, "../../data");

/** All data files as trees, the digest over their texts in hex digits, and all of their faults. */
export interface Data {
  files: readonly DataFile[];
  digest: string;
  faults: readonly Fault[];
}

/**
 * The data of this package, read from its files and checked. The bundled program has no such files: `packages/bundle.config.ts` calls this
 * at build time, and puts the result in place of this module. It must not import another package, because the bundler's configuration
 * imports it.
 */
export function readData(): Data {
  return examine(readTexts()).data;
}

/** The texts of all data files by their place below the data folder; line ends do not change the digest. */
export function readTexts(): Record<string, string> {
  const paths = readdirSync(FOLDER, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(".yaml"))
    .map((entry) => relative(FOLDER, join(entry.parentPath, entry.name)))
    // Error codes are no part of the list of tasks: `advice-data.ts` reads them.
    .filter((path) => path !== "advice.yaml")
    .toSorted();
  return Object.fromEntries(
    paths.map((path) => [path.replaceAll(sep, "/"), readFileSync(join(FOLDER, path), "utf8").replaceAll("\r\n", "\n")]),
  );
}

/** Reads and checks data. Rules over the whole are checked when each file is valid. */
export function examine(texts: Readonly<Record<string, string>>): { data: Data; knowledge: Knowledge } {
  const faults: Fault[] = [];
  const files = Object.entries(texts).flatMap(([path, text]): DataFile[] => {
    const parsed = parseTree(text);
    if ("tree" in parsed) return [{ path, root: parsed.tree }];
    faults.push({ file: path, ...parsed.fault });
    return [];
  });
  const digest = digestOf(texts);
  const knowledge = readKnowledge(files, digest, faults);
  return { data: { files, digest, faults: faults.length > 0 ? faults : checkKnowledge(knowledge) }, knowledge };
}

function digestOf(texts: Readonly<Record<string, string>>): string {
  const hash = createHash("sha256");
  for (const path of Object.keys(texts).toSorted()) hash.update(`${path}\n${texts[path]}\0`);
  return hash.digest("hex");
}
