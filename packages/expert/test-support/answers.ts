import type { RawAnswer } from "../src/domain/answers/read-answers.ts";

/** Complete answers for a primary site whose site server is lost, with a good snapshot. */
export const LOST_PRIMARY: Readonly<Record<string, string | readonly string[]>> = {
  trigger: "hardware",
  siteType: "primary",
  lost: ["siteServer"],
  oldServer: "gone",
  backup: "complete",
  backupTest: "yes",
  backupAge: "3",
  downDays: "2",
  countersKnown: "no",
  parent: "up",
  children: ["up"],
  names: "same",
  paths: "same",
  versions: "same",
  settingsChanged: "no",
  objectsChanged: "yes",
  source: "intact",
  accounts: "same",
  metering: "no",
  logonShared: "no",
  link: "slow",
  secured: "no",
};

/** The same with other answers; undefined omits a question. */
export function answersWith(changes: Readonly<Record<string, string | readonly string[] | undefined>> = {}): RawAnswer[] {
  return Object.entries({ ...LOST_PRIMARY, ...changes }).flatMap(([question, value], index) =>
    value === undefined ? [] : [{ question, value, line: index + 1 }],
  );
}
