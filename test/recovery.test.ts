import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { LedgerPage, Recovery, RecoveryReport, RecoverySummary } from "@sitewright/protocol/api";
import { startFleet, type Fleet } from "./support/fleet.ts";
import { writeTree } from "./support/trees.ts";

/** A short list: the site server lives, and one distribution point is lost. */
const LOST_DP = { trigger: "hardware", siteType: "secondary", lost: ["dp"], link: "slow", secured: "no" };

let fleet: Fleet;
beforeAll(async () => {
  fleet = await startFleet({
    systems: { SRVSEC: { site: "SEC", roles: ["dp"] } },
    bandwidth: "8 Mbit/s",
    packages: { ABC00001: { files: { "a.txt": "a" } } },
    prepare: ({ siteData }) => writeTree(siteData, { "SEC/site.yaml": "serials: { packages: 40 }\n" }),
  });
});
afterAll(() => fleet?.[Symbol.asyncDispose]());

function answersFile(answers: object): string {
  const file = join(fleet.folder, "answers.yaml");
  writeFileSync(file, JSON.stringify(answers));
  return file;
}

const recovery = (...words: string[]) => fleet.sitewright("recovery", ...words);
const show = () => fleet.json<Recovery>("recovery", "show", "SEC");

test("answers that cannot be used are refused as the expert refuses them, and open nothing", async () => {
  const missing = await recovery("start", "SEC", "--answers", answersFile({ ...LOST_DP, link: undefined }));
  expect([missing.code, missing.stderr]).toEqual([
    1,
    expect.stringContaining("ANSWERS_INVALID: the answers cannot be used\n    link is not answered"),
  ]);
  const contradicting = await recovery("start", "SEC", "--answers", answersFile({ ...LOST_DP, lost: [] }));
  expect([contradicting.code, contradicting.stderr]).toEqual([2, expect.stringContaining("ANSWERS_CONTRADICT")]);
  const unknown = await recovery("start", "XYZ", "--answers", answersFile(LOST_DP));
  expect([unknown.code, unknown.stderr]).toEqual([
    1,
    expect.stringContaining("NOT_FOUND: the hierarchy has no site XYZ; it has: ABC, SEC"),
  ]);
  expect((await recovery("status")).stdout).toBe("no recovery is open\n");
});

test("a held site is rebuilt again from the moment its recovery is open", async () => {
  await fleet.sitewright("site", "list");
  writeTree(fleet.siteData, { "SEC/site.yaml": "serials: { packages: 31 }\n" });
  expect((await fleet.sitewright("rebuild")).stderr).toContain("NOTHING_SELECTED");
  const started = await recovery(
    "start",
    "SEC",
    "--answers",
    answersFile(LOST_DP),
    "--lead",
    "anna",
    "--abort-when",
    "no backup",
    "--abort-when",
    "a third failure",
  );
  expect(started.stdout).toMatch(/^the recovery [\da-f]{8} of SEC is open: \d+ tasks\nbegin with P01: Open the recovery\n/);
  const { run, exitCode } = await fleet.json("rebuild");
  expect([run.state, exitCode, run.problems]).toEqual([
    "done",
    0,
    [expect.objectContaining({ code: "RECOVERY_REQUIRED", leftOut: false })],
  ]);
  expect(await show()).toMatchObject({ lead: "anna", abortWhen: ["no backup", "a third failure"], onePerson: false });
});

test("what becomes of tasks is recorded in their order, with evidence, and what was done on paper is entered later", async () => {
  expect((await recovery("task", "SEC", "P02", "done")).stderr).toContain("CONFLICT: P02 needs P01 (open) first");
  expect((await recovery("task", "SEC", "P01", "finished")).stderr).toContain('BAD_REQUEST: "finished" is no state of a task');
  expect((await recovery("task", "SEC", "P01", "done", "--done-at", "yesterday")).stderr).toContain(
    "BAD_REQUEST: --done-at yesterday is no time",
  );
  await recovery("task", "SEC", "P01", "running", "--planned", "15");
  const paper = ["--done-by", "carl", "--done-at", "2026-01-31T10:00Z", "--evidence", "form 12", "--undo", "none"];
  expect((await recovery("task", "SEC", "P01", "done", ...paper)).stdout).toBe("P01 is done: Open the recovery\n");
  await recovery("task", "SEC", "P02", "waiting");
  const [summary] = JSON.parse((await recovery("status", "--json")).stdout) as RecoverySummary[];
  expect(summary).toMatchObject({ site: "SEC", closed: 1, waiting: ["P02"] });
  expect((await recovery("status")).stdout).toMatch(
    /^SEC {2}\S+ {2}1 of \d+ tasks closed {2}since .* UTC {2}led by anna\n {2}waits for a person: P02\n/,
  );
  expect((await recovery("show", "SEC")).stdout).toMatch(
    /\nprepare\n +P01 +done +Open the recovery\n +P02 +waiting +Decide whether .* \(first P01\)\n/,
  );
});

test("other answers plan again, and a coordinator that was killed knows all of it", async () => {
  const { stdout } = await recovery("answers", "SEC", "--answers", answersFile({ ...LOST_DP, link: "fast" }));
  expect(stdout).toMatch(/^\d+ tasks now; added: none; not asked for any more: P22 V12\n$/);
  const { exitCode, ...before } = await show();
  await fleet.coordinator.kill();
  await fleet.coordinator.start();
  expect(await show()).toEqual({ ...before, exitCode });
});

test("a recovery with open tasks can only be signed as failed, which its report names as debts", async () => {
  const { stderr } = await recovery("finish", "SEC", "--outcome", "recovered");
  expect(stderr).toMatch(/CONFLICT: [\da-f]{8} cannot end as recovered: its serial .*; P02 is waiting; /);
  const { id } = await show();
  expect((await recovery("finish", "SEC", "--outcome", "failed", "--signed-by", "dora", "--loss", "a week")).code).toBe(0);
  const report = await fleet.json<RecoveryReport>("recovery", "report", id);
  expect(report).toMatchObject({
    outcome: "failed",
    people: { lead: "anna", approver: "dora", worked: ["carl"] },
    losses: ["a week"],
    tasks: expect.arrayContaining([
      expect.objectContaining({ id: "P01", plannedMinutes: 15, doneBy: "carl", onPaper: true, evidence: ["form 12"] }),
    ]) as unknown,
  });
  expect(report.deviations.map(({ kind }) => kind)).toEqual(["dropped", "dropped", "answers-changed"]);
  expect(report.debts[0]).toMatch(/^P02 is waiting: /);
  const { stdout } = await recovery("report", "SEC");
  expect(stdout).toMatch(
    /^report on the recovery \S+ of SEC: failed\n[^]*\nlosses\n {2}a week\n\ndeviations\n {2}P22 is not asked[^]*\nopen debts\n {2}P02 is waiting: /,
  );
  expect((await recovery("task", "SEC", "P02", "done")).stderr).toContain("is finished: what was signed stays as it is");
});

test("a recovery that is abandoned leaves its site held, and every step is in the ledger", async () => {
  await recovery("start", "SEC", "--answers", answersFile(LOST_DP));
  expect((await recovery("abandon", "SEC", "--reason", "a new site instead")).stdout).toMatch(/^the recovery \S+ of SEC is abandoned\n$/);
  expect((await fleet.sitewright("rebuild")).stderr).toContain("RECOVERY_REQUIRED");
  expect((await recovery("list")).stdout).toMatch(/\n\S+ +SEC +abandoned [^]*\n\S+ +SEC +failed /);
  const { entries } = await fleet.json<LedgerPage>("ledger", "list", "--site", "SEC");
  expect([...new Set(entries.map(({ kind }) => kind))]).toEqual(
    expect.arrayContaining(["recovery-opened", "recovery-task", "recovery-answered", "recovery-finished", "recovery-abandoned"]),
  );
});
