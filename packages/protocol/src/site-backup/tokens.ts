import type { ControlLine, RefusedLine } from "./control-lines.ts";

/** What a line means, or why it cannot be carried out. */
export type Read<Value> = { value: Value } | { why: string };

/** Where the values of `%NAME%` come from besides the tokens. */
export type Environment = Readonly<Record<string, string | undefined>>;

export interface TokenTable {
  /** By name, expanded. */
  values: ReadonlyMap<string, string>;
  /** Names that the file or its caller sets, also to what was refused. */
  stated: ReadonlySet<string>;
  refused: RefusedLine[];
  /** Replaces the tokens and variables in a text. */
  expand(text: string): Read<string>;
}

/** Tokens that SMS 2.0 sets itself: their names in a line are never meant literally. */
const OF_THE_SITE = [
  "BACKUP_DEST_DIR",
  "BACKUP_DESTINATION",
  "SITE_CODE",
  "SITE_SERVER",
  "SITE_SERVER_ROOT_DIR",
  "SITE_SERVER_DEST",
  "SITE_DB_SERVER",
  "SITE_DB_NAME",
  "SITE_DB_SERVER_DEST",
  "SITE_DB_SERVER_ROOT_DIR",
  "METERING_SERVER",
  "METERING_SERVER_DEST",
  "METERING_DB_SERVER",
  "METERING_DB_NAME",
  "METERING_DB_SERVER_DEST",
  "PROVIDER_SERVER",
  "PROVIDER_SERVER_DEST",
  "PROVIDER_SERVER_ROOT_DIR",
];

const NAME = /^[A-Z][A-Z0-9_]{1,63}$/;
const ADVICE = "give it a value under [Tokens], or with --set";

/**
 * The tokens of a control file. A value may hold tokens of earlier lines.
 * @param given Values from outside the file; they replace those of the file.
 */
export function readTokens(lines: readonly ControlLine[], given: Environment, env: Environment): TokenTable {
  const values = new Map<string, string>();
  const refused: RefusedLine[] = [];
  const stated = new Set([...Object.keys(given), ...lines.map(({ text }) => text.split("=", 1)[0]?.trim() ?? "")]);
  const expand = (text: string): Read<string> => expandText(text, { values, stated, env });
  for (const [name, value] of Object.entries(given)) {
    const why = nameFault(name) ?? valueFault(name, value ?? "");
    if (why) refused.push({ line: 0, text: `--set ${name}=${value ?? ""}`, why, fault: true });
    else values.set(name, value as string);
  }
  const set = new Map<string, number>();
  for (const { number, text } of lines) {
    const refuse = (why: string) => void refused.push({ line: number, text, why, fault: true });
    const [, name = "", right = ""] = /^([^=]*?)\s*=\s*(.*)$/.exec(text) ?? [];
    const wrong = text.includes("=") ? nameFault(name) : "it is not of the form NAME=value";
    if (wrong) {
      refuse(wrong);
      continue;
    }
    const first = set.get(name);
    set.set(name, number);
    if (first !== undefined) {
      refuse(`${name} is set in line ${first} already`);
      values.delete(name);
    } else if (given[name] === undefined) {
      const read = expand(right);
      const why = "why" in read ? read.why : valueFault(name, read.value);
      if (why) refuse(why);
      else if ("value" in read) values.set(name, read.value);
    }
  }
  return { values, stated, refused, expand };
}

function nameFault(name: string): string | undefined {
  return NAME.test(name) ? undefined : `${JSON.stringify(name)} is no name of a token: capitals, digits and _, a capital first`;
}

function valueFault(name: string, value: string): string | undefined {
  if (value.trim() === "") return `the token ${name} is empty: ${ADVICE}, or take it out`;
  return value.length > 1024 ? `the value of ${name} has ${value.length} characters: 1024 at most` : undefined;
}

interface Names {
  values: ReadonlyMap<string, string>;
  stated: ReadonlySet<string>;
  env: Environment;
}

/** A value is inserted as it is: what looks like a token in it is none. */
function expandText(text: string, { values, stated, env }: Names): Read<string> {
  let why: string | undefined;
  const value = text.replaceAll(/%([^%]*)%|%|[A-Za-z0-9_]+/g, (found, variable: string | undefined) => {
    if (found === "%%") return "%";
    if (found === "%") {
      why ??= "a % stands alone: write %NAME%, or %% for a percent sign";
      return found;
    }
    const name = variable ?? found;
    const known = values.get(name);
    if (known !== undefined) return known;
    if (stated.has(name) || OF_THE_SITE.includes(name)) {
      why ??= `the token ${name} has no value here: ${ADVICE}`;
      return found;
    }
    if (variable === undefined) return found;
    const inherited = /^[A-Za-z_][A-Za-z0-9_()]{0,63}$/.test(name) ? env[name] : undefined;
    if (inherited === undefined || inherited.trim() === "") why ??= `%${name}% is neither a token nor a variable with a value: ${ADVICE}`;
    return inherited ?? "";
  });
  return why === undefined ? { value } : { why };
}
