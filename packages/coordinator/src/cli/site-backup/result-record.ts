import { FURTHER_PARTS, SITE_PARTS, type SnapshotPart } from "@sitewright/protocol/site-backup";

/** Why a result is no snapshot: a word for programs, and a sentence. */
export interface ResultFault {
  code: "unfinished" | "part-missing" | "other-run" | "not-stopped" | "changed" | "absent";
  why: string;
}

/** Something that the tool saved. */
export interface SavedPart {
  part: SnapshotPart;
  /** As the record names it: relative to the folder of the backup, or absolute for what another tool saves. */
  place: string;
  kind: "file" | "folder";
  /** SHA-256, hex: of the file, or of the list of the folder's sums. */
  digest: string;
  /** Name of the list of a folder's sums. */
  sums: string;
}

export interface ResultRecord {
  run: string;
  site: string;
  /** SHA-256 of the control file, hex. */
  control: string;
  parts: SavedPart[];
  faults: ResultFault[];
}

/** Reads the record of an exported script: lines of words between tabs, each beginning with the run and what happened. */
export function readResult(text: string): ResultRecord | undefined {
  const lines = text.split(/\r?\n/).filter((line) => line !== "");
  const rows = lines.map((line) => line.split("\t"));
  const [run = "", mark, version, site = "", control = ""] = rows[0] ?? [];
  if (mark !== "sitewright-site-backup" || version !== "1") return undefined;
  const faults: ResultFault[] = [];
  const fault = (code: ResultFault["code"], why: string) => void faults.push({ code, why });
  const own = rows.filter(([id, what = ""]) => {
    if (id !== run) fault("other-run", `a line "${what}" is of the run ${id}, not of ${run}`);
    return id === run;
  });
  const at = (what: string): number => own.findIndex((row) => row[1] === what);
  const timeOf = (what: string): string => own[at(what)]?.at(-1) ?? "";
  if (at("complete") < 0) fault("unfinished", at("failed") < 0 ? "the run did not end" : "the run failed");
  if (at("all-stopped") < 0) fault("not-stopped", "nothing states that all services were stopped");
  else if (own.every((row) => row[1] !== "stopped")) fault("not-stopped", "no service was stopped");
  if (at("still-stopped") < 0) fault("not-stopped", "nothing states that the services were stopped until all was saved");
  const parts: SavedPart[] = [];
  for (const [, what, part = "", place = "", kind, began = "", ended = "", digest = "", sums = ""] of own) {
    if (what !== "part") continue;
    const named = [...SITE_PARTS, ...FURTHER_PARTS].find((one) => one === part);
    const readable = /^[0-9a-f]{64}$/.test(digest) && /^(-|\d+)$/.test(sums);
    if (!named || !readable || (kind !== "file" && kind !== "folder")) fault("part-missing", `a line about ${place} is not readable`);
    else parts.push({ part: named, place, kind, digest, sums });
    // Times of one form compare as text.
    if (began < timeOf("all-stopped") || ended > timeOf("still-stopped"))
      fault("not-stopped", `${place} was not saved between ${timeOf("all-stopped")} and ${timeOf("still-stopped")}, when all was stopped`);
  }
  const absent = own.filter((row) => row[1] === "absent").flatMap(([, , words = ""]) => words.split(" "));
  for (const part of SITE_PARTS)
    if (!absent.includes(part) && parts.every((saved) => saved.part !== part)) fault("part-missing", `the ${part} was not saved`);
  return { run, site, control, parts, faults };
}
