import { closestName } from "../closest-name.ts";
import { isInside, parsePath, parseTarget, pathText, type BackupPath } from "./backup-path.ts";
import type { ControlLine, Section } from "./control-lines.ts";
import { LONGEST_SLEEP, type StepAction } from "./step.ts";
import type { Read, TokenTable } from "./tokens.ts";

/** What a line is read with. */
export interface Reading {
  tokens: TokenTable;
  folder: BackupPath;
}

/** `leaveOut`: the line is not carried out, and the others are. `absent`: the site has no database. */
export type ReadLine = Read<StepAction> | { leaveOut: string } | { absent: "database" };

type ReadVerb = (words: readonly string[], section: Section, reading: Reading) => ReadLine;

/** What each verb takes. */
const VERBS: Record<string, { form: string; sections: readonly Section[]; read: ReadVerb }> = {
  service: { form: "service NAME", sections: ["Stop", "Start"], read: readService },
  sleep: { form: "sleep SECONDS", sections: ["Stop", "Tasks", "Start"], read: readSleep },
  cmd: { form: "cmd PROGRAM ARGUMENTS", sections: ["Stop", "Tasks", "Start"], read: readCommand },
  file: { form: "file SOURCE TARGET", sections: ["Tasks"], read: readFile },
  reg: { form: "reg KEY TARGET, or reg FOLDER TARGET", sections: ["Tasks"], read: readRegistry },
  db: { form: "db TARGET PROGRAM ARGUMENTS", sections: ["Tasks"], read: readDump("database") },
  coordinator: { form: "coordinator TARGET PROGRAM ARGUMENTS", sections: ["Tasks"], read: readDump("coordinator") },
  machinfo: { form: "machinfo TARGET", sections: ["Tasks"], read: readReport },
  absent: { form: "absent database", sections: ["Tasks"], read: readAbsent },
};

/** Verbs of SMS 2.0 and SMS 2003 that are not carried out, and why. */
const FOREIGN: Record<string, { why: string; fault?: true }> = {
  rmdir: { why: "a control file deletes nothing: earlier snapshots are kept, and retention removes them" },
  sitedbdump: { why: "write a line 'db TARGET PROGRAM ARGUMENTS' with the command that dumps the site database", fault: true },
  meteringdbdump: { why: "write a line 'db TARGET PROGRAM ARGUMENTS' with the command that dumps the metering database", fault: true },
  smssqlinfo: { why: "the configuration of the database server is in its own dump: write a line 'cmd' for more" },
};

export function readStep({ text, section }: ControlLine, reading: Reading): ReadLine {
  const [verb = ""] = text.split(/\s/, 1);
  const rest = text.slice(verb.length).trim();
  const name = verb.toLowerCase();
  const foreign = Object.hasOwn(FOREIGN, name) ? FOREIGN[name] : undefined;
  if (foreign) return foreign.fault ? { why: foreign.why } : { leaveOut: foreign.why };
  const known = Object.hasOwn(VERBS, name) ? VERBS[name] : undefined;
  if (!known) {
    const near = closestName(name, Object.keys(VERBS));
    return {
      why: `there is no verb ${JSON.stringify(verb)}: ${near ? `did you mean ${near}?` : `write one of ${Object.keys(VERBS).join(", ")}`}`,
    };
  }
  if (!known.sections.includes(section))
    return { why: `${name} belongs under ${known.sections.map((one) => `[${one}]`).join(" or ")}, not under [${section}]` };
  const words = splitWords(rest, reading.tokens);
  if ("why" in words) return words;
  if (words.value.length === 0) return { why: `nothing follows the verb: write ${known.form}` };
  const read = known.read(words.value, section, reading);
  return "why" in read && read.why === "" ? { why: `write ${known.form}; a path with spaces stands between double quotes` } : read;
}

/** Not of the form: the caller says which it is. */
const MALFORMED = { why: "" };

/**
 * Words of a line; between double quotes spaces belong to the word, and "" is a quote. No shell reads them. Tokens are replaced after the
 * line was taken apart, so that no value of a token becomes several words.
 */
export function splitWords(text: string, tokens: TokenTable): Read<string[]> {
  const words: string[] = [];
  for (const [found, start] of [...text.matchAll(/(?:"(?:[^"]|"")*"|[^\s"])+|"/g)].map((match) => [match[0], match.index] as const)) {
    if (found === '"') return { why: `a double quote at character ${start + 1} behind the verb is not closed` };
    const bare = found.replaceAll(/"((?:[^"]|"")*)"/g, (_, inner: string) => inner.replaceAll('""', '"'));
    const read = tokens.expand(bare);
    if ("why" in read) return read;
    words.push(read.value);
  }
  return { value: words };
}

function readService(words: readonly string[], section: Section, { tokens }: Reading): ReadLine {
  const [word = "", more] = words;
  const [, server, remote] = /^\\\\([^\\]*)\\(.*)$/.exec(word) ?? [];
  const here = [".", "localhost", tokens.values.get("SITE_SERVER") ?? "."].map((one) => one.toLowerCase());
  if (server !== undefined && !here.includes(server.toLowerCase()))
    return {
      why: `${server} is another machine: only services of this one are stopped; ${tokens.values.has("SITE_SERVER") ? "stop that one by a line 'cmd'" : "set the token SITE_SERVER if it is this one"}`,
    };
  const name = remote ?? word;
  if (more !== undefined) return MALFORMED;
  if (!/^[A-Za-z0-9_$][A-Za-z0-9_$.@:-]{0,127}$/.test(name)) return { why: `${JSON.stringify(name)} is no name of a service` };
  return { value: { kind: "service", name, to: section === "Stop" ? "stop" : "start" } };
}

function readSleep([word = "", more]: readonly string[]): ReadLine {
  if (more !== undefined || !/^\d{1,4}$/.test(word) || Number(word) > LONGEST_SLEEP)
    return { why: `write sleep SECONDS, from 0 to ${LONGEST_SLEEP}` };
  return { value: { kind: "sleep", seconds: Number(word) } };
}

function readCommand(words: readonly string[]): ReadLine {
  const program = programOf(words);
  return "why" in program ? program : { value: { kind: "command", words: program.value } };
}

/** A program is named by its path, so that no folder of a search path decides which one runs. */
export function programOf(words: readonly string[]): Read<string[]> {
  const [program = "", ...rest] = words;
  const path = parsePath(program);
  if ("why" in path) return { why: `the program must be named by its whole path: ${path.why}` };
  const name = path.value.names.at(-1)?.toLowerCase() ?? "";
  if (/\.(bat|cmd)$/.test(name))
    return { why: `${program} is a batch file, whose arguments a shell reads: run it by C:\\Windows\\System32\\cmd.exe /d /c` };
  return name === "" ? { why: `${program} is no program` } : { value: [pathText(path.value), ...rest] };
}

function readFile([from = "", to, more]: readonly string[], _: Section, reading: Reading): ReadLine {
  if (to === undefined || more !== undefined) return MALFORMED;
  return readCopy("files", [from, to], reading);
}

function readCopy(part: "files" | "registry", [from, to]: readonly [string, string], { folder }: Reading): ReadLine {
  const source = parsePath(from);
  if ("why" in source) return source;
  if (source.value.style !== folder.style) return { why: `${from} and the folder of the backup are paths of different systems` };
  if (isInside(folder, source.value))
    return { why: `the folder of the backup, ${pathText(folder)}, lies in ${pathText(source.value)}: the copy would hold itself` };
  if (isInside(source.value, folder)) return { why: `${pathText(source.value)} lies in the folder of the backup` };
  const target = parseTarget(to, folder);
  return "why" in target ? target : { value: { kind: "copy", part, source: pathText(source.value), target: pathText(target.value) } };
}

const HIVES: Record<string, string> = {
  HKLM: "HKEY_LOCAL_MACHINE",
  HKU: "HKEY_USERS",
  HKCR: "HKEY_CLASSES_ROOT",
  HKCC: "HKEY_CURRENT_CONFIG",
};

function readRegistry([from = "", to, more]: readonly string[], _: Section, reading: Reading): ReadLine {
  if (to === undefined || more !== undefined) return MALFORMED;
  const [, server, local] = /^\\\\([^\\]*)\\(.*)$/.exec(from) ?? [];
  const here = [".", "localhost", reading.tokens.values.get("SITE_SERVER") ?? "."].map((one) => one.toLowerCase());
  if (server !== undefined && !here.includes(server.toLowerCase()))
    return { why: `${server} is another machine: only keys of this one are saved` };
  const [hive = "", ...keys] = (local ?? from).split("\\");
  const whole = HIVES[hive.toUpperCase()] ?? Object.values(HIVES).find((one) => one === hive.toUpperCase());
  if (whole === undefined)
    return /^(HK|\\\\)/i.test(from)
      ? { why: `${JSON.stringify(from)} is no key of the registry` }
      : readCopy("registry", [from, to], reading);
  if (reading.folder.style !== "windows") return { why: "a system without a registry saves folders: write reg FOLDER TARGET" };
  if (keys.length === 0 || keys.some((key) => key === "" || key.length > 255))
    return { why: `${JSON.stringify(from)} is no key of the registry: name one below ${whole}` };
  const target = parseTarget(to, reading.folder);
  return "why" in target
    ? target
    : { value: { kind: "export", part: "registry", key: [whole, ...keys].join("\\"), target: pathText(target.value) } };
}

function readDump(part: "database" | "coordinator"): ReadVerb {
  return ([to = "", ...words], _, { folder }) => {
    if (words.length === 0) return MALFORMED;
    const target = parseTarget(to, folder);
    if ("why" in target) return target;
    const program = programOf(words);
    return "why" in program ? program : { value: { kind: "dump", part, words: program.value, target: pathText(target.value) } };
  };
}

function readReport(words: readonly string[], _: Section, { folder }: Reading): ReadLine {
  // SMS names the machine first.
  const [to = "", more] = words.length === 2 && words[0]?.startsWith("\\\\") ? words.slice(1) : words;
  if (more !== undefined) return MALFORMED;
  const target = parseTarget(to, folder);
  return "why" in target ? target : { value: { kind: "report", part: "configuration", target: pathText(target.value) } };
}

function readAbsent([what = "", more]: readonly string[]): ReadLine {
  if (what !== "database" || more !== undefined)
    return { why: "only a database can be absent, at a secondary site: write absent database" };
  return { absent: "database" };
}
