import { SitewrightError } from "../errors.ts";

const SECTIONS = ["Tokens", "Stop", "Tasks", "Start", "Restore"] as const;
export type Section = (typeof SECTIONS)[number];

/** A line of a control file that says something. */
export interface ControlLine {
  /** From 1. */
  number: number;
  section: Section;
  /** Without spaces around it. */
  text: string;
}

/** A line that is not carried out. `fault`: the file cannot be run with it; else it is left out on purpose. */
export interface RefusedLine {
  line: number;
  text: string;
  why: string;
  fault: boolean;
}

/** Bytes of a control file. */
export const LARGEST_CONTROL_FILE = 256 * 1024;
/** Characters of one line. */
const LONGEST_LINE = 2048;

/** Text of a control file. Throws `CONTROL_FILE_INVALID` for one of another encoding. */
export function controlText(bytes: Uint8Array): string {
  if (bytes.length > LARGEST_CONTROL_FILE)
    throw new SitewrightError("CONTROL_FILE_INVALID", `the control file has ${bytes.length} bytes: ${LARGEST_CONTROL_FILE} at most`);
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw notText("its bytes are not those of ASCII or UTF-8", cause);
  }
  // UTF-16 of plain letters is well-formed UTF-8 too.
  if (text.includes("\0")) throw notText("it holds a character NUL, as a file in UTF-16 does");
  return text;
}

/**
 * The lines of a control file by section. `#` begins a comment, but a line `#stop` stops the reading, and `#start` resumes it: what lies
 * between is left out. Throws `CONTROL_FILE_INVALID` where the sections are not those of a control file.
 */
export function readLines(text: string): { lines: ControlLine[]; refused: RefusedLine[] } {
  const lines: ControlLine[] = [];
  const refused: RefusedLine[] = [];
  const seen = new Set<Section>();
  let section: Section | undefined;
  let stoppedAt = 0;
  for (const [index, raw] of text.split(/\r\n|\n|\r/).entries()) {
    const number = index + 1;
    const line = raw.trim();
    const refuse = (why: string, fault = true) => void refused.push({ line: number, text: line.slice(0, LONGEST_LINE), why, fault });
    const mark = /^#\s*(stop|start)\s*$/i.exec(line)?.[1]?.toLowerCase();
    if (mark === "start" && stoppedAt === 0) refuse("no #stop stands before it");
    if (mark) stoppedAt = mark === "start" ? 0 : stoppedAt || number;
    if (line === "" || line.startsWith("#")) continue;
    if (stoppedAt > 0) {
      refuse(`it lies behind the #stop of line ${stoppedAt}`, false);
      continue;
    }
    const name = /^\[(.*)\]$/.exec(line)?.[1];
    if (name !== undefined) {
      section = sectionOf(name, number, seen);
      seen.add(section);
    } else if (line.length > LONGEST_LINE) refuse(`it has ${line.length} characters: ${LONGEST_LINE} at most`);
    else if (/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(line.replaceAll("\t", " ")))
      refuse("it holds a character that cannot be seen: type the line again");
    else if (section === undefined) refuse(`it stands before the first section: write [${SECTIONS[0]}] above it`);
    else lines.push({ number, section, text: line });
  }
  if (stoppedAt > 0)
    refused.push({ line: stoppedAt, text: "#stop", why: "no #start follows it, so that all below is left out", fault: true });
  const missing = SECTIONS.filter((one) => one !== "Tokens" && one !== "Restore" && !seen.has(one));
  if (missing.length > 0) throw invalid(`it has no section ${missing.map((one) => `[${one}]`).join(", ")}: write it, even if it is empty`);
  return { lines, refused };
}

function sectionOf(name: string, line: number, seen: ReadonlySet<Section>): Section {
  const section = SECTIONS.find((one) => one.toLowerCase() === name.trim().toLowerCase());
  if (!section)
    throw invalid(`line ${line}: there is no section [${name}]; the sections are ${SECTIONS.map((one) => `[${one}]`).join(", ")}`);
  if (seen.has(section)) throw invalid(`line ${line}: the section [${section}] stands there a second time: unite the two`);
  const later = SECTIONS.slice(SECTIONS.indexOf(section) + 1).find((one) => seen.has(one));
  if (later)
    throw invalid(
      `line ${line}: the section [${section}] follows [${later}]; the order is ${SECTIONS.map((one) => `[${one}]`).join(", ")}`,
    );
  return section;
}

function notText(why: string, cause?: unknown): SitewrightError {
  return new SitewrightError("CONTROL_FILE_INVALID", `the control file is no plain text: ${why}; save it as ASCII or UTF-8`, { cause });
}

function invalid(why: string): SitewrightError {
  return new SitewrightError("CONTROL_FILE_INVALID", `the control file cannot be used: ${why}`);
}
