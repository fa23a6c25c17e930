import { PHASES, type Contradiction, type Fact, type Knowledge, type Loss, type Source } from "../knowledge.ts";
import { readQuestions } from "./questions.ts";
import { readTasks } from "./tasks.ts";
import { readTexts } from "./texts.ts";
import { Fields, type DataFile, type Fault, type Tree } from "./tree.ts";

const VERSION = /^\d+\.\d+\.\d+$/;
const FOLDERS = ["questions", "tasks", "messages"];
const SINGLE = ["list.yaml", "facts.yaml", "contradictions.yaml", "losses.yaml", "sources.yaml"];

/** Builds the knowledge from the files of the data folder; faults are added to `faults`. `digest`: of all files, in hex digits. */
export function readKnowledge(files: readonly DataFile[], digest: string, faults: Fault[]): Knowledge {
  const below = (folder: string): DataFile[] => files.filter(({ path }) => path.startsWith(`${folder}/`));
  for (const { path } of files) {
    const known = SINGLE.includes(path) || FOLDERS.some((folder) => path.startsWith(`${folder}/`));
    if (!known)
      faults.push({ file: path, line: 1, message: "nothing reads this file: move it below questions, tasks or messages, or remove it" });
  }
  const list = single(files, "list.yaml", faults).only(["version", "questions"]);
  const version = list.needed("version");
  if (!VERSION.test(version)) list.fault(list.lineOf("version"), `version "${version}" must be three numbers, as in 1.0.0`);
  return {
    version: `${version}+${digest.slice(0, 12)}`,
    questions: readQuestions(below("questions"), list.list("questions"), faults),
    facts: entries(files, "facts.yaml", faults).map(([name, fields]) => readFact(name, fields)),
    contradictions: entries(files, "contradictions.yaml", faults).map(([code, fields]) => readContradiction(code, fields)),
    tasks: readTasks(below("tasks"), faults),
    losses: entries(files, "losses.yaml", faults).map(([id, fields]) => readLoss(id, fields)),
    sources: entries(files, "sources.yaml", faults).map(([id, fields]) => readSource(id, fields)),
    texts: readTexts(below("messages"), faults),
  };
}

function single(files: readonly DataFile[], path: string, faults: Fault[]): Fields {
  const file = files.find((candidate) => candidate.path === path);
  if (!file) faults.push({ file: path, line: 1, message: "this file is missing: restore it from the package" });
  const empty: Tree = { line: 1, fields: [] };
  return new Fields(path, file?.root ?? empty, faults);
}

function entries(files: readonly DataFile[], path: string, faults: Fault[]): [string, Fields][] {
  return single(files, path, faults)
    .entries()
    .map(([name, tree]) => [name, new Fields(path, tree, faults)]);
}

function readFact(name: string, fields: Fields): Fact {
  const without = fields.only(["when", "without"]).word("without", PHASES);
  if (!/^[A-Z]+$/.test(name)) fields.fault(fields.at.line, `a fact is written in capitals: rename "${name}"`);
  return { name, when: fields.condition("when"), ...(without === undefined ? {} : { without }), at: fields.at };
}

function readContradiction(code: string, fields: Fields): Contradiction {
  const [first = "", second = "", ...more] = fields.only(["when", "questions"]).list("questions");
  if (first === "" || second === "" || more.length > 0)
    fields.fault(fields.lineOf("questions"), "name the two questions whose answers exclude each other");
  return { code, when: fields.condition("when"), questions: [first, second], at: fields.at };
}

function readLoss(id: string, fields: Fields): Loss {
  fields.only(["when", "worse"]);
  return { id, when: fields.condition("when"), worse: fields.condition("worse"), at: fields.at };
}

function readSource(id: string, fields: Fields): Source {
  return { id, title: fields.only(["title"]).needed("title"), at: fields.at };
}
