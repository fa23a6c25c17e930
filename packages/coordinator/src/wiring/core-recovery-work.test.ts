import { expect, test } from "vitest";
import { LOST_PRIMARY } from "../../../expert/test-support/answers.ts";
import { useCore } from "../../test-support/core-fixture.ts";
import { success } from "../../test-support/core-fleet.ts";
import { ANNA } from "../../test-support/fakes.ts";

const at = useCore();

/** A client access point is lost, too: a temporary one may be wanted. */
const WITH_CAP = { ...LOST_PRIMARY, lost: ["siteServer", "cap"] };

/** An open recovery in which everything before this task is closed. */
async function openedUpTo(task: string): Promise<string> {
  const { id, tasks } = await at.core.recoveries.open(ANNA, { site: "ABC", answers: task === "P22" ? WITH_CAP : LOST_PRIMARY });
  for (const before of tasks.slice(
    0,
    tasks.findIndex((one) => one.id === task),
  ))
    await at.core.recoveries.record(ANNA, id, before.id, { state: "done" });
  return id;
}

const perform = (recovery: string, task: string, asked = {}) => at.core.recoveryWork.perform(ANNA, recovery, task, asked);
const taskOf = (recovery: string, id: string) => at.core.recoveries.show(recovery).tasks.find((task) => task.id === id);
const stateOf = (recovery: string, id: string) => () => taskOf(recovery, id)?.state;

test("a task that a run does is running until that has ended, and then has the run's result as evidence from the coordinator itself", async () => {
  const seen: string[] = [];
  const stop = at.core.liveView.subscribe((event) => void (event.type === "recovery" && seen.push(event.id)));
  await at.fleet.connect("A1");
  const id = await openedUpTo("S20");
  at.fleet.answer = () => undefined;
  await expect(perform(id, "S20")).rejects.toMatchObject({ code: "CONFIRMATION_NEEDED" });
  expect(taskOf(id, "S20")).toMatchObject({ state: "open", records: [] });
  const view = await perform(id, "S20", { confirmed: true });
  const [begun] = view.tasks.find((task) => task.id === "S20")?.records ?? [];
  expect(begun).toMatchObject({ state: "running", by: "anna", undo: "sitewright undo --site ABC --role cap --recovery ABC" });
  await at.accepted(begun?.run ?? "", 1);
  expect((await at.core.operations.run(begun?.run ?? "")).run.options).toMatchObject({ recovery: id, sites: ["ABC"], roles: ["cap"] });
  await expect(perform(id, "S20", { confirmed: true })).rejects.toMatchObject({ code: "CONFLICT" });
  at.fleet.answer = success;
  for (const { system, order } of at.fleet.orders()) await at.fleet.report(system, order, success(order));
  await expect.poll(stateOf(id, "S20")).toBe("done");
  expect(taskOf(id, "S20")?.records.at(-1)).toMatchObject({
    by: "coordinator",
    run: begun?.run,
    evidence: expect.stringContaining("is done") as string,
  });
  expect(new Set(seen)).toEqual(new Set([id]));
  stop();
});

test("a run that ends after a restart of the coordinator is recorded as well, and a failed one fails its task with the reason", async () => {
  await at.fleet.connect("A1");
  const id = await openedUpTo("S20");
  at.fleet.answer = () => undefined;
  const run = (await perform(id, "S20", { confirmed: true })).tasks.find((task) => task.id === "S20")?.records[0]?.run ?? "";
  await at.accepted(run, 1);
  await at.core.stop();
  await at.restart();
  expect(taskOf(id, "S20")).toMatchObject({ state: "running" });
  await at.core.operations.cancel(ANNA, run);
  await expect.poll(stateOf(id, "S20")).toBe("failed");
  expect(taskOf(id, "S20")?.records.at(-1)).toMatchObject({ by: "coordinator", reason: `run ${run} is cancelled` });
});

test("what only helps a person leaves the task waiting for that person, with what was found", async () => {
  const id = await openedUpTo("P11");
  const planned = await perform(id, "P11");
  expect(planned.tasks.find((task) => task.id === "P11")).toMatchObject({
    state: "waiting",
    records: [{ by: "anna", evidence: expect.stringContaining("epoch 2") as string }],
  });
});

test("a task is not done before what it needs, by its list only, and what a person has to say is asked for", async () => {
  const id = await openedUpTo("P02");
  await expect(perform(id, "P11")).rejects.toThrow("P11 needs P02 (open) first");
  await expect(perform(id, "P02")).rejects.toMatchObject({
    code: "BAD_REQUEST",
    message: expect.stringContaining("by a person") as string,
  });
  await expect(perform(id, "X99")).rejects.toMatchObject({ code: "CONFLICT" });
  const before = at.core.recoveries.show(id);
  for (const { id: task } of before.tasks.slice(1)) if (task !== "V11") await at.core.recoveries.record(ANNA, id, task, { state: "done" });
  await expect(perform(id, "V11")).rejects.toThrow("say which child");
  await expect(perform(id, "V11", { given: { CHILD: "XXX" } })).rejects.toMatchObject({ code: "NOT_FOUND" });
  expect(taskOf(id, "V11")).toMatchObject({ state: "open", records: [] });
  await perform(id, "V11", { given: { CHILD: "SEC" } });
  expect(taskOf(id, "V11")).toMatchObject({ state: "failed", records: [{ evidence: expect.stringContaining("SEC below ABC") as string }] });
});

test("what a site server states of its backups is the evidence of the task that lists them, and fails it where none is complete", async () => {
  await at.fleet.connect("A1");
  const id = await openedUpTo("P16");
  const run = { run: "20261129T044127Z-df47268a", began: 1, ended: 2, files: 3, bytes: 4, added: 5 };
  for (const [state, expected] of [
    ["partial", { state: "failed", reason: expect.stringContaining("none of them is complete") as string }],
    ["complete", { state: "waiting" }],
  ] as const) {
    const asked = () => at.fleet.sent.flatMap(({ message }) => (message.kind === "site-backup-query" ? [message] : []));
    const before = asked().length;
    const performed = perform(id, "P16", { given: { SYSTEM: "A1" } });
    await expect.poll(() => asked().length).toBe(before + 1);
    at.core.agentEvents.siteBackups("A1", { kind: "site-backups", id: asked().at(-1)?.id ?? 0, runs: [{ ...run, state }] });
    const task = (await performed).tasks.find((one) => one.id === "P16");
    expect({ ...task?.records.at(-1), state: task?.state }).toMatchObject(expected);
  }
  expect(taskOf(id, "P16")?.records.at(-1)?.evidence).toContain("20261129T044127Z-df47268a complete");
});

test("two people who have the same task done at once start one run, and the second is told of it", async () => {
  await at.fleet.connect("A1");
  const id = await openedUpTo("S20");
  at.fleet.answer = () => undefined;
  const both = await Promise.allSettled([perform(id, "S20", { confirmed: true }), perform(id, "S20", { confirmed: true })]);
  expect(both.map(({ status }) => status)).toEqual(["fulfilled", "rejected"]);
  expect(both[1]).toMatchObject({ reason: { code: "CONFLICT", message: expect.stringContaining("S20 runs already") as string } });
  expect((await at.core.operations.runs(10)).map(({ kind }) => kind)).toEqual(["rebuild"]);
});

test("the end of a run is recorded of a task that other answers do not ask for any more, and is there when it is asked for again", async () => {
  await at.fleet.connect("A1");
  const id = await openedUpTo("P22");
  at.fleet.answer = () => undefined;
  const performed = await perform(id, "P22", { confirmed: true, given: { SYSTEM: "A1" } });
  const run = performed.tasks.find((task) => task.id === "P22")?.records.at(-1)?.run ?? "";
  await at.core.recoveries.answer(ANNA, id, { ...WITH_CAP, link: "fast" });
  expect(taskOf(id, "P22")).toBeUndefined();
  await at.core.operations.cancel(ANNA, run);
  const dropped = () => at.core.recoveries.show(id).dropped.find((task) => task.id === "P22")?.state;
  await expect.poll(dropped).toBe("failed");
  await at.core.recoveries.answer(ANNA, id, WITH_CAP);
  expect(taskOf(id, "P22")).toMatchObject({ state: "failed", records: [{ state: "running" }, { by: "coordinator", run }] });
});
