import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { readEntries, type Entry } from "../../packages/expert/src/adapters/advice-data.ts";
import { loadKnowledge } from "../../packages/expert/src/adapters/load.ts";

const DOCS = "docs";
/** `<!-- advice: SOURCE_NAME SOURCE_LINK -->` ... `<!-- /advice -->`; "all": every code. */
const BLOCK = /(<!-- advice: ([A-Z_ ]+|all) -->\n)[^]*?(<!-- \/advice -->)/g;

/** Version and hash of the recovery list, as printed lists state it. */
const LIST_VERSION = /\b\d+\.\d+\.\d+\+[0-9a-f]{12}\b/g;

/** The pages of docs that do not have the present tables of error codes, or quote another list of tasks: with their right text, by path. */
export function outdatedPages(): Map<string, string> {
  const entries = readEntries();
  const { version } = loadKnowledge();
  const pages = readdirSync(DOCS).filter((name) => name.endsWith(".md"));
  return new Map(
    pages.flatMap((name) => {
      const path = join(DOCS, name);
      const now = readFileSync(path, "utf8");
      const right = now
        .replaceAll(BLOCK, (_, head: string, codes: string, end: string) => head + tableOf(entries, codes, name) + end)
        .replaceAll(LIST_VERSION, version);
      return right === now ? [] : [[path, right] as const];
    }),
  );
}

function tableOf(entries: Readonly<Record<string, Entry>>, codes: string, page: string): string {
  const wanted = codes === "all" ? Object.keys(entries) : codes.split(" ");
  const rows = wanted.map((code) => {
    const entry = entries[code];
    if (!entry) throw new Error(`docs/${page}: the entries have no code ${code}`);
    return `| \`${code}\` | ${entry.means.replaceAll(`](${page}#`, "](#")} | ${entry.do} |\n`;
  });
  return `| code | what it means | what to do |\n|---|---|---|\n${rows.join("")}`;
}
