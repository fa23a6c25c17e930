import { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument, visit, type Document, type Node } from "yaml";
import { closestName } from "@sitewright/protocol";

export interface Fault {
  /** Place below the site data. */
  file: string;
  line: number;
  /** What is wrong and what to write instead. */
  message: string;
}

/** Faults of all files that one message names. */
export const SHOWN_FAULTS = 50;

/** A value and its position, for messages. */
export interface Field {
  key: string;
  keyNode: Node;
  value: Node;
}

/** A file's values, read one by one; an invalid one is recorded as a fault and read as undefined. */
export interface YamlFile {
  root: Node | undefined;
  fault(at: Node | undefined, message: string): void;
  lineOf(at: Node): number;
  /** The fields of a mapping, in order. */
  fields(node: Node, what: string): Field[];
  /** The fields of a mapping by name; a name that is not among `known` is a fault. */
  record<Name extends string>(node: Node, what: string, known: readonly Name[]): Partial<Record<Name, Field>>;
  text(field: Field | undefined): string | undefined;
  flag(field: Field | undefined): boolean | undefined;
  integer(field: Field | undefined, least: number, most: number): number | undefined;
  /** One of some words; the fault names them. */
  word<Word extends string>(field: Field | undefined, words: readonly Word[]): Word | undefined;
  /** `: did you mean "..."?` for an unknown name; empty if none is similar. */
  hint(name: string, known: Iterable<string>): string;
  list(field: Field | undefined, most: number): { text: string; node: Node }[] | undefined;
}

/** Reads a YAML file with every scalar as text, so that a site code such as 1E3 stays as written. */
export function parseYaml(name: string, text: string, faults: Fault[]): YamlFile {
  const lines = new LineCounter();
  const lineAt = (offset: number): number => lines.linePos(offset).line || 1;
  const note = (offset: number, message: string) => faults.push({ file: name, line: lineAt(offset), message });
  const document = parse(text, lines, note);
  const anchors = document ? anchorsOf(document) : new Map<Node, Node>();
  const resolve = (node: Node): Node => anchors.get(node) ?? node;
  const fault = (at: Node | undefined, message: string) => void note(at?.range?.[0] ?? 0, message);

  function fields(node: Node, what: string): Field[] {
    const map = resolve(node);
    if (!isMap(map)) {
      fault(node, `${what} must be a list of "name: value" lines`);
      return [];
    }
    return map.items.flatMap((pair) => {
      const keyNode = pair.key as Node;
      if (isScalar(keyNode)) return [{ key: String(keyNode.value), keyNode, value: (pair.value ?? keyNode) as Node }];
      fault(keyNode, `${what} has a name that is no plain text`);
      return [];
    });
  }

  function record<Name extends string>(node: Node, what: string, known: readonly Name[]): Partial<Record<Name, Field>> {
    const result: Partial<Record<Name, Field>> = {};
    for (const field of fields(node, what)) {
      const match = known.find((candidate) => candidate === field.key);
      if (match) {
        result[match] = field;
        continue;
      }
      fault(field.keyNode, `${what} has the unknown key "${field.key}"${hint(field.key, known) || `: known are ${known.join(", ")}`}`);
    }
    return result;
  }

  function hint(unknown: string, known: Iterable<string>): string {
    // A search through all names for each of thousands of faults would take minutes; more faults than this are not shown.
    const near = faults.length < SHOWN_FAULTS ? closestName(unknown, known) : undefined;
    return near === undefined ? "" : `: did you mean "${near}"?`;
  }

  function scalar(node: Node, what: string): string | undefined {
    const resolved = resolve(node);
    if (isScalar(resolved) && typeof resolved.value === "string" && resolved.value.trim() !== "") return resolved.value.trim();
    fault(node, isScalar(resolved) ? `${what} is empty: write a value or leave it out` : `${what} must be one value`);
    return undefined;
  }

  const textOf = (field: Field | undefined) => field && scalar(field.value, field.key);

  function checked<T>(field: Field | undefined, read: (text: string) => T | undefined, wanted: string): T | undefined {
    const value = textOf(field);
    if (!field || value === undefined) return undefined;
    const result = read(value);
    if (result === undefined) fault(field.value, `${field.key} "${value}" is not known: write ${wanted}`);
    return result;
  }

  return {
    root: document?.contents ?? undefined,
    fault,
    lineOf: (at) => lineAt(at.range?.[0] ?? 0),
    fields,
    record,
    hint,
    text: textOf,
    flag: (field) => checked(field, (value) => (value === "true" ? true : value === "false" ? false : undefined), "true or false"),
    integer: (field, least, most) =>
      checked(
        field,
        (value) => (/^\d+$/.test(value) && Number(value) >= least && Number(value) <= most ? Number(value) : undefined),
        `a whole number from ${least} to ${most}`,
      ),
    word: (field, words) => checked(field, (value) => words.find((word) => word === value), words.join(" or ")),
    list(field, most) {
      if (!field) return undefined;
      const node = resolve(field.value);
      if (!isSeq(node)) {
        fault(field.value, `${field.key} must be a list: write [first, second]`);
        return undefined;
      }
      if (node.items.length > most) {
        fault(field.value, `${field.key} has ${node.items.length} items: ${most} at most`);
        return undefined;
      }
      return (node.items as Node[]).flatMap((item) => {
        const value = scalar(item, field.key);
        return value === undefined ? [] : [{ text: value, node: item }];
      });
    },
  };
}

function parse(text: string, lineCounter: LineCounter, note: (offset: number, message: string) => void): Document | undefined {
  try {
    // The library finds duplicate names by comparing each with all before it; see `noteTwins`.
    const options = { lineCounter, prettyErrors: false, schema: "failsafe", version: "1.2", uniqueKeys: false } as const;
    const document = parseDocument(text, options);
    const unique = noteTwins(document, note);
    // Errors after the first syntax error are mostly its consequences.
    const [broken] = document.errors;
    if (broken) note(broken.pos[0], `this is not valid YAML: ${broken.message}`);
    return broken || !unique ? undefined : document;
  } catch (error) {
    // A file with thousands of nested brackets exhausts the parser's stack.
    note(0, `this is not YAML that can be read: ${error instanceof Error ? error.message : String(error)}`);
    return undefined;
  }
}

/** Duplicate names in one mapping are faults; false when there are some. */
function noteTwins(document: Document, note: (offset: number, message: string) => void): boolean {
  let unique = true;
  visit(document, {
    Map(_, { items }) {
      const names = new Set<unknown>();
      for (const { key } of items) {
        if (!isScalar(key)) continue;
        if (names.has(key.value)) note(key.range?.[0] ?? 0, "this name occurs here twice: leave out one of them");
        unique &&= !names.has(key.value);
        names.add(key.value);
      }
    },
  });
  return unique;
}

/** The target of each alias. One pass: the library walks the document for each alias. */
function anchorsOf(document: Document): Map<Node, Node> {
  const named = new Map<string, Node>();
  const aliases = new Map<Node, Node>();
  visit(document, {
    Node(_, node) {
      if (isAlias(node)) {
        const target = named.get(node.source);
        if (target) aliases.set(node, target);
      } else if (node.anchor) {
        named.set(node.anchor, node);
      }
    },
  });
  return aliases;
}
