import { expect, test } from "vitest";
import { examine, readTexts } from "../../adapters/data.ts";

const TEXTS = readTexts();

/** The faults reported after a change of one file. */
function faultsAfter(path: string, change: (text: string) => string | undefined): string[] {
  const texts = { ...TEXTS };
  const changed = change(TEXTS[path] ?? "");
  expect(changed).not.toBe(TEXTS[path]);
  if (changed === undefined) delete texts[path];
  else texts[path] = changed;
  return examine(texts).data.faults.map(({ file, line, message }) => `${file}:${line}: ${message}`);
}

const replaced = (what: string, by: string) => (text: string) => text.replace(what, by);

test("the data have no fault", () => {
  expect(examine(TEXTS).data.faults).toEqual([]);
});

test.each([
  [
    "a need that comes later",
    "tasks/P02.yaml",
    replaced("needs: [P01!]", "needs: [P04!]"),
    /^tasks\/P02\.yaml:1: P02: it needs P04, which comes later/,
  ],
  ["a need that does not exist", "tasks/P02.yaml", replaced("P01!", "P99!"), /P02: it needs P99, which is no task/],
  ["a firm need that is not implied", "tasks/P23.yaml", replaced("P11", "P11!"), /P23: it needs P11, which does not apply: correct "when"/],
  ["a task that never applies", "tasks/P20.yaml", replaced("DB and", "SEC and DB and"), /P20: no case was found in which it applies/],
  [
    "a task that always applies",
    "tasks/P02.yaml",
    replaced("when: always", "when: SITE or not SITE"),
    /P02: it applies in every case: write "when: always"/,
  ],
  ["tasks that exclude each other", "tasks/R10.yaml", replaced("NOBK", "SITE"), /R10: it applies together with R05/],
  [
    "numbers that are raised after sending",
    "tasks/V03.yaml",
    replaced("changes: nothing", "changes: nothing\nnumbers: true"),
    /V03: it raises numbers after S12 has sent/,
  ],
  ["a hold that nothing lifts", "tasks/V10.yaml", replaced(", deletions", ""), /P05: no task lifts the hold "deletions"/],
  [
    "a hold that is lifted only sometimes",
    "tasks/V10.yaml",
    replaced("when: SITE", "when: SITE and KID"),
    /the hold "\w+-?\w*" is not lifted/,
  ],
  [
    "sending before the lines are open",
    "tasks/S06.yaml",
    replaced("changes: nothing", "changes: nothing\nsends: true"),
    /S06: it sends before S07 has opened the lines/,
  ],
  [
    "an unreachable neighbour that shortens the list",
    "tasks/S14.yaml",
    replaced("KID", "KID and children lacks someUnreachable"),
    /S14: it falls away when children is someUnreachable/,
  ],
  [
    "a loss that is not stated",
    "tasks/P23.yaml",
    replaced("when: always", "when: KID"),
    /losses\.yaml:\d+: settings: it is lost and no task states it/,
  ],
  [
    "an irreversible change without a confirmation",
    "tasks/R02.yaml",
    replaced("undoable", "lasting"),
    /R02: Sitewright does it by itself and it cannot be taken back/,
  ],
  [
    "a restore for lone roles",
    "tasks/R01.yaml",
    replaced("when: SITE", "when: SITE or CAP"),
    /R01: it applies although ROLES leaves out all of restore/,
  ],
  [
    "a condition over a number",
    "tasks/V13.yaml",
    replaced("when: SITE", "when: downDays = many"),
    /^tasks\/V13\.yaml:3: column 1 .* is a parameter of tasks/,
  ],
  [
    "a condition that cannot be read",
    "tasks/V13.yaml",
    replaced("when: SITE", "when: SITE and"),
    /^tasks\/V13\.yaml:3: when, column 9 of "SITE and": the condition ends here/,
  ],
  [
    "a fact that uses a later one",
    "facts.yaml",
    replaced("SRV: { when: lost has siteServer }", "SRV: { when: SITE }"),
    /^facts\.yaml:2: column 1 of "SITE": there is no fact "SITE"/,
  ],
  [
    "a question that depends on a later one",
    "questions/lost.yaml",
    replaced("always", "link = slow"),
    /^questions\/lost\.yaml:4: whether "lost" is asked depends on "link"/,
  ],
  ["a source that is not described", "tasks/V13.yaml", replaced("Q318834", "Q999999"), /V13: the source "Q999999" is not in sources\.yaml/],
  [
    "a text that is missing",
    "messages/de/verify.yaml",
    replaced("    title: Bericht schreiben\n", ""),
    /^messages\/de:1: the text "tasks\.V14\.title" is missing/,
  ],
  [
    "a text for nothing",
    "messages/en/verify.yaml",
    replaced("    title: Write", "    titel: x\n    title: Write"),
    /nothing shows the text "tasks\.V14\.titel"/,
  ],
  [
    "a placeholder of one language only",
    "messages/de/restore.yaml",
    replaced(", {source}", ""),
    /"tasks\.R12\.how" has a placeholder that it lacks in messages\/de/,
  ],
  [
    "an unknown field",
    "tasks/V13.yaml",
    replaced("needs:", "need:"),
    /^tasks\/V13\.yaml:4: "need" is not known here: did you mean "needs"\?/,
  ],
  ["a file under another name", "tasks/V13.yaml", replaced("id: V13", "id: V15"), /the file of task V15 must be tasks\/V15\.yaml/],
  ["broken YAML", "tasks/V13.yaml", replaced("id: V13", "id: [V13"), /^tasks\/V13\.yaml:\d+: this is not valid YAML/],
  ["a file that is gone", "questions/link.yaml", () => undefined, /list\.yaml:1: there is no questions\/link\.yaml/],
])("%s is reported with file, line and advice", (_, path, change, message) => {
  expect(faultsAfter(path, change)).toContainEqual(expect.stringMatching(message));
});

test("the version of the list changes with any of its texts, and not with line ends", () => {
  const versionOf = (texts: Record<string, string>): string => examine(texts).knowledge.version;
  expect(versionOf({ ...TEXTS, "tasks/V14.yaml": `${TEXTS["tasks/V14.yaml"]}# a note\n` })).not.toBe(versionOf(TEXTS));
  expect(versionOf(TEXTS)).toMatch(/^\d+\.\d+\.\d+\+[0-9a-f]{12}$/);
});
