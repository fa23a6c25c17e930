import { closestName } from "@sitewright/protocol";
import { parseExpression } from "../expression/parse.ts";
import type { Condition } from "../expression/syntax.ts";
import type { Place } from "../knowledge.ts";

/** A YAML file as a tree of texts; every scalar stays as written. It can be written as JSON. */
export type Tree = { line: number } & ({ text: string } | { list: readonly Tree[] } | { fields: readonly (readonly [string, Tree])[] });

/** A file of the data, by its place below the data folder. */
export interface DataFile {
  path: string;
  root: Tree;
}

export interface Fault extends Place {
  /** What is wrong and what to do about it. */
  message: string;
}

/** Reads the fields of one mapping; an invalid one is recorded, and read as missing. */
export class Fields {
  readonly at: Place;
  private readonly map: ReadonlyMap<string, Tree>;
  private readonly file: string;
  private readonly faults: Fault[];

  constructor(file: string, tree: Tree, faults: Fault[]) {
    this.file = file;
    this.faults = faults;
    this.at = { file, line: tree.line };
    this.map = new Map("fields" in tree ? tree.fields : []);
    if (!("fields" in tree)) this.fault(tree.line, 'this must be "name: value" lines');
  }

  /** Reports every field whose name is not among these. */
  only(known: readonly string[]): this {
    for (const [name, { line }] of this.map) {
      if (known.includes(name)) continue;
      const near = closestName(name, known);
      this.fault(line, `"${name}" is not known here: ${near ? `did you mean "${near}"?` : `known are ${known.join(", ")}`}`);
    }
    return this;
  }

  entries(): [string, Tree][] {
    return [...this.map];
  }

  text(name: string): string | undefined {
    const tree = this.map.get(name);
    if (!tree) return undefined;
    if ("text" in tree && tree.text !== "") return tree.text;
    this.fault(tree.line, `${name} must be a text: write one, or leave ${name} out`);
    return undefined;
  }

  needed(name: string): string {
    return this.text(name) ?? (this.map.has(name) ? "" : this.missing(name, ""));
  }

  word<Word extends string>(name: string, words: readonly Word[]): Word | undefined {
    const text = this.text(name);
    const word = words.find((candidate) => candidate === text);
    if (text !== undefined && word === undefined)
      this.fault(this.lineOf(name), `${name} "${text}" is not known: write ${words.join(" or ")}`);
    return word;
  }

  neededWord<Word extends string>(name: string, words: readonly [Word, ...Word[]]): Word {
    return this.word(name, words) ?? (this.map.has(name) ? words[0] : this.missing(name, words[0]));
  }

  flag(name: string): boolean {
    return this.word(name, ["true", "false"]) === "true";
  }

  list(name: string): string[] {
    const tree = this.map.get(name);
    if (!tree) return [];
    if (!("list" in tree)) {
      this.fault(tree.line, `${name} must be a list: write [first, second]`);
      return [];
    }
    return tree.list.flatMap((item) => {
      if ("text" in item) return [item.text];
      this.fault(item.line, `${name} holds something that is no text: write words`);
      return [];
    });
  }

  condition(name: string): Condition {
    const text = this.needed(name);
    const place = { text, file: this.file, line: this.lineOf(name) };
    // Stands for an unreadable value, which was recorded as a fault.
    const never: Condition = { ...place, expression: { kind: "not", of: { kind: "always" } } };
    if (text === "") return never;
    const parsed = parseExpression(text);
    if ("expression" in parsed) return { ...place, expression: parsed.expression };
    const { column, message } = parsed.fault;
    this.fault(place.line, `${name}, column ${column} of "${text}": ${message}`);
    return never;
  }

  lineOf(name: string): number {
    return this.map.get(name)?.line ?? this.at.line;
  }

  fault(line: number, message: string): void {
    this.faults.push({ file: this.file, line, message });
  }

  private missing<T>(name: string, instead: T): T {
    this.fault(this.at.line, `${name} is missing: write "${name}: ..."`);
    return instead;
  }
}
