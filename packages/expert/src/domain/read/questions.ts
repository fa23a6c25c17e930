import { UNKNOWN, type Question } from "../knowledge.ts";
import { Fields, type DataFile, type Fault } from "./tree.ts";

const KINDS = ["one", "set", "number", "site"] as const;

/** Reads `questions/<id>.yaml`; `order` is that of `list.yaml`. */
export function readQuestions(files: readonly DataFile[], order: readonly string[], faults: Fault[]): Question[] {
  const questions = files.map((file) => readQuestion(file, faults));
  for (const { id, at } of questions) {
    if (!order.includes(id)) faults.push({ ...at, message: `question ${id} has no place in the order: name it in list.yaml` });
  }
  for (const [index, id] of order.entries()) {
    if (!questions.some((question) => question.id === id))
      faults.push({ file: "list.yaml", line: 1, message: `there is no questions/${id}.yaml: write it, or leave ${id} out of the order` });
    if (order.indexOf(id) !== index)
      faults.push({ file: "list.yaml", line: 1, message: `${id} occurs in the order twice: leave out one of them` });
  }
  return questions.toSorted((a, b) => order.indexOf(a.id) - order.indexOf(b.id));
}

function readQuestion({ path, root }: DataFile, faults: Fault[]): Question {
  const fields = new Fields(path, root, faults).only(["id", "kind", "values", "alone", "asked", "implied", "reachable", "unreachable"]);
  const id = fields.needed("id");
  if (path !== `questions/${id}.yaml`)
    fields.fault(fields.lineOf("id"), `the file of question ${id} must be questions/${id}.yaml: rename one of the two`);
  const kind = fields.neededWord("kind", KINDS);
  const values = fields.list("values");
  if (values.length === 0 && kind !== "number") fields.fault(fields.at.line, "values is missing: write the answers as a list");
  if (values.includes(UNKNOWN)) fields.fault(fields.lineOf("values"), `"${UNKNOWN}" can always be answered: leave it out of the list`);
  const valueOf = (name: string): string | undefined => {
    const value = fields.text(name);
    if (value !== undefined && !values.includes(value))
      fields.fault(fields.lineOf(name), `${name} "${value}" is not among the values: write one of them`);
    return value;
  };
  const optional = (["alone", "implied", "reachable", "unreachable"] as const).map((name) => [name, valueOf(name)] as const);
  return {
    id,
    kind,
    values,
    asked: fields.condition("asked"),
    ...Object.fromEntries(optional.filter(([, value]) => value !== undefined)),
    at: fields.at,
  };
}
