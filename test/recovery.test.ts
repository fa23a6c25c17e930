import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { LedgerPage, Recovery, RecoveryReport, RunView } from "@sitewright/protocol/api";
import { startFleet, waitFor, type Fleet } from "./support/fleet.ts";
import { writeTree } from "./support/trees/trees.ts";

/** A short list: the site server is there, and one distribution point is lost. */
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
const ask = async <T>(path: string): Promise<T> => (await (await fleet.api(`/api/v1/${path}`)).json()) as T;
const show = () => ask<Recovery>("recoveries/SEC");

test("answers that cannot be used are refused as the expert refuses them, and open nothing", async () => {
  const missing = await recovery("start", "SEC", "--answers", answersFile({ ...LOST_DP, link: undefined }));
  expect(missing.code).toBe(1);
  expect(missing.stderr).toContain("ANSWERS_INVALID: the answers cannot be used\n    link is not answered");
  const contradicting = await recovery("start", "SEC", "--answers", answersFile({ ...LOST_DP, lost: [] }));
  expect([contradicting.code, contradicting.stderr]).toEqual([2, expect.stringContaining("ANSWERS_CONTRADICT")]);
  expect(await ask("recoveries")).toEqual([]);
});

test("from the moment its recovery is open a site is planned for again, and nothing is sent before its numbers are raised", async () => {
  await ask("sites");
  writeTree(fleet.siteData, { "SEC/site.yaml": "serials: { packages: 31 }\n" });
  const criteria = ["--abort-when", "no backup", "--abort-when", "a third failure"];
  const { stdout } = await recovery("start", "SEC", "--answers", answersFile(LOST_DP), "--lead", "anna", ...criteria);
  expect(stdout).toMatch(/^the recovery [\da-f]{8} of SEC is open: \d+ tasks\nbegin with P01: Open the recovery\n/);
  const id = (await fleet.sitewright("rebuild", "--recovery", "SEC", "--detach")).stdout.trim();
  const held = await waitFor("it to be held", async () => {
    const view = await ask<RunView>(`runs/${id}`);
    return view.phases.some(({ waitingFor }) => waitingFor === "site-quarantined") ? view : undefined;
  });
  expect(held.run.problems).toMatchObject([{ code: "RECOVERY_REQUIRED", leftOut: false }]);
  await fleet.sitewright("cancel", id);
  expect(await show()).toMatchObject({ lead: "anna", abortWhen: ["no backup", "a third failure"], onePerson: false });
});

test("what becomes of tasks is recorded in their order, with evidence, and what was done on paper is entered later", async () => {
  expect((await recovery("task", "SEC", "P02", "done")).stderr).toContain("CONFLICT: P02 needs P01 (open) first");
  const refused = await recovery("task", "SEC", "P01", "done", "--done-at", "yesterday");
  expect(refused.stderr).toContain("BAD_REQUEST: --done-at yesterday is no time");
  const noDay = await recovery("task", "SEC", "P01", "done", "--done-at", "2026-02-30 10:00");
  expect(noDay.stderr).toContain("BAD_REQUEST: --done-at 2026-02-30 10:00 is no time");
  const paper = ["--done-by", "carl", "--done-at", "2026-01-31T10:00Z", "--evidence", "form 12", "--planned", "15"];
  expect((await recovery("task", "SEC", "P01", "done", ...paper)).stdout).toBe("P01 is done: Open the recovery\n");
  await recovery("task", "SEC", "P02", "waiting");
  expect((await recovery("status")).stdout).toMatch(
    /^SEC {2}\S+ {2}1 of \d+ tasks closed {2}since .* UTC {2}led by anna\n {2}waits for a person: P02\n/,
  );
  expect((await recovery("show", "SEC")).stdout).toMatch(
    /\nprepare\n +P01 +done +Open the recovery\n +P02 +waiting +Decide whether .* \(first P01\)\n/,
  );
});

test("Sitewright does a task when it is asked to, records the result, and asks for what is missing or has to be confirmed", async () => {
  const refused = async (words: readonly string[], why: string): Promise<void> => {
    const { code, stderr } = await recovery("do", "SEC", ...words);
    expect([code, stderr]).toEqual([1, expect.stringContaining(why)]);
  };
  await refused(["P99"], "NOT_FOUND: the recovery");
  await refused(["P02"], "BAD_REQUEST: P02 is done by a person");
  await refused(["P22"], "say what to use with --with SYSTEM=...");
  await refused(["P22", "--with", "SITE=SEC"], "--with SITE=SEC cannot be used: write SYSTEM=...");
  const system = ["--with", "SYSTEM=SRVSEC"];
  await refused(
    ["P22", ...system],
    'CONFIRMATION_NEEDED: P22 runs "sitewright rebuild --system SRVSEC --recovery SEC", which changes something: add --yes',
  );
  await refused(["P22", ...system, "--yes"], "CONFLICT: P22 needs P02 (waiting) first");
  const planned = () => show().then(({ tasks }) => tasks.find(({ id }) => id === "P23"));
  expect((await recovery("do", "SEC", "P23")).stdout).toMatch(/^P23 is (running|waiting): State the losses and get the decision\n/);
  await waitFor("the dry run to end", async () => ((await planned())?.state === "running" ? undefined : true));
  expect((await planned())?.records.at(-1)).toMatchObject({
    by: "coordinator",
    state: "waiting",
    evidence: expect.stringContaining("is done") as string,
  });
});

test("other answers plan again, and a coordinator that was killed knows all of it", async () => {
  const { stdout } = await recovery("answers", "SEC", "--answers", answersFile({ ...LOST_DP, link: "fast" }));
  expect(stdout).toMatch(/^\d+ tasks now; added: none; not asked for any more: P22 V12\n$/);
  const before = await show();
  await fleet.coordinator.kill();
  await fleet.coordinator.start();
  expect(await show()).toEqual(before);
});

test("a recovery with open tasks can only be signed as failed, which its report names as debts", async () => {
  const { stderr } = await recovery("finish", "SEC", "--outcome", "recovered");
  expect(stderr).toMatch(/CONFLICT: [\da-f]{8} cannot end as recovered: its serial .*; P02 is waiting; /);
  expect((await recovery("finish", "SEC", "--outcome", "failed", "--signed-by", "dora", "--loss", "a week")).code).toBe(0);
  const report = await ask<RecoveryReport>("recoveries/SEC/report");
  expect(report).toMatchObject({
    outcome: "failed",
    people: { lead: "anna", approver: "dora", worked: ["carl", "coordinator"] },
    losses: ["a week"],
  });
  expect(report.tasks[0]).toMatchObject({ id: "P01", plannedMinutes: 15, doneBy: "carl", onPaper: true, evidence: ["form 12"] });
  expect(report.deviations.map(({ kind }) => kind)).toEqual(["dropped", "dropped", "answers-changed"]);
  expect((await recovery("report", "SEC")).stdout).toMatch(
    /^report on the recovery \S+ of SEC: failed\n[^]*\nlosses\n {2}a week\n\ndeviations\n {2}P22 is not asked[^]*\nopen debts\n {2}P02 is waiting: /,
  );
});

test("a recovery that is abandoned leaves its site held, and every step is in the ledger", async () => {
  await recovery("start", "SEC", "--answers", answersFile(LOST_DP));
  expect((await recovery("abandon", "SEC", "--reason", "a new site instead")).stdout).toMatch(
    /^the recovery \S+ of SEC is abandoned: .* 'sitewright site accept SEC --reason TEXT' takes it as it is\n$/,
  );
  expect((await fleet.overview()).problems).toMatchObject([{ code: "RECOVERY_REQUIRED", site: "SEC", leftOut: true }]);
  expect((await recovery("list")).stdout).toMatch(/\n\S+ +SEC +abandoned [^]*\n\S+ +SEC +failed /);
  const { entries } = await ask<LedgerPage>("ledger?site=SEC");
  expect([...new Set(entries.map(({ kind }) => kind))]).toEqual(
    expect.arrayContaining(["recovery-opened", "recovery-task", "recovery-answered", "recovery-finished", "recovery-abandoned"]),
  );
});
