import { expect, test } from "vitest";
import type { Held } from "@sitewright/protocol";
import { LOST_PRIMARY } from "../../../expert/test-support/answers.ts";
import { useCore } from "../../test-support/core-fixture.ts";
import { failure } from "../../test-support/core-fleet.ts";
import { ANNA, LISTENER } from "../../test-support/fakes.ts";
import type { Principal } from "../domain/principal.ts";
import type { Core } from "./core.ts";

const at = useCore();

/** Names of the methods that take who asks first: the use cases that change something, since others need no principal. */
type Changes<UseCases> = {
  [Name in keyof UseCases]: UseCases[Name] extends (...given: infer Given) => unknown
    ? Given extends [infer By, ...unknown[]]
      ? Principal extends By
        ? Name & string
        : never
      : never
    : never;
}[keyof UseCases];
type UseCases = Omit<Core, "drills">;
/** `operations.start`, and so on: the compiler refuses a list that lacks one. */
type Change = { [Part in keyof UseCases]: `${Part}.${Changes<UseCases[Part]>}` }[keyof UseCases];

const SOME = { generation: { epoch: 1, counter: 1 }, manifest: "ab".repeat(32) };

/** A hierarchy in which each of the changes below would be possible. */
async function busy() {
  const { operations, addresses, deletions, recoveries, serials } = at.core;
  await deletions.apply(ANNA, { system: "A1", role: "cap" }, { confirm: "A1", reason: "a test" });
  at.stateNumber("ABC", 40);
  at.stateNumber("SEC", 40);
  await serials.sites();
  const undescribed: Held = { unit: { role: "dp", name: "ABC00009" }, live: SOME, previous: false, sourceVersion: 1 };
  at.fleet.holds.set("A1", [undescribed]);
  await at.fleet.connect("A1", "S1");
  at.fleet.answer = () => failure("IO_ERROR", false);
  const { id: failed } = await operations.start(ANNA, "rebuild", { systems: ["S1"] });
  await at.reaches(failed, "failed");
  at.fleet.answer = () => undefined;
  const { id: running } = await operations.start(ANNA, "verify", { systems: ["A1"] });
  await at.accepted(running, 1);
  const { id: paused } = await operations.start(ANNA, "rebuild", { systems: ["S2"] });
  await expect.poll(async () => (await operations.run(paused)).run.state).toBe("running");
  await operations.pause(ANNA, paused);
  await addresses.pause(ANNA, "SEC");
  const { id: recovery } = await recoveries.open(ANNA, { site: "SEC", answers: LOST_PRIMARY });
  at.stateNumber("SEC", 31);
  // These site data cannot be written: the ledger has what was to be written all the same.
  await expect(serials.apply(ANNA, "SEC", [])).rejects.toMatchObject({ code: "IO_ERROR" });
  const raised = (await serials.sites()).find(({ code }) => code === "SEC")?.witnessed?.serials["packages"] ?? 0;
  at.stateNumber("SEC", raised);
  at.stateNumber("ABC", 31);
  await serials.sites();
  return { failed, running, paused, recovery };
}

const changes = (by: Principal, { failed, running, paused, recovery }: Awaited<ReturnType<typeof busy>>) => {
  const { operations, addresses, sources, serials, recoveries, recoveryWork, objects, parents, deletions, agents, siteBackups, media } =
    at.core;
  return {
    "operations.start": () => operations.start(by, "plan", {}),
    "operations.pause": () => operations.pause(by, running),
    "operations.resume": () => operations.resume(by, paused),
    "operations.cancel": () => operations.cancel(by, running),
    "operations.retry": () => operations.retry(by, failed),
    "operations.createJoinToken": () => operations.createJoinToken(by, "S1"),
    "addresses.set": () => addresses.set(by, "SEC", { bandwidth: "1 Mbit/s" }),
    "addresses.pause": () => addresses.resume(ANNA, "SEC").then(() => addresses.pause(by, "SEC")),
    "addresses.resume": () => addresses.resume(by, "SEC"),
    "addresses.reset": () => addresses.reset(by, "SEC"),
    "sources.accept": () => sources.accept(by, "all"),
    "serials.apply": () => serials.apply(by, "ABC", []),
    "serials.undo": () => serials.undo(by, "SEC"),
    "serials.accept": () => serials.accept(by, "ABC", "a test"),
    "recoveries.open": () => recoveries.open(by, { site: "ABC", answers: LOST_PRIMARY }),
    "recoveries.record": () => recoveries.record(by, recovery, "P01", { state: "done" }),
    "recoveries.answer": () => recoveries.answer(by, recovery, { ...LOST_PRIMARY, link: "fast" }),
    "recoveries.finish": () => recoveries.finish(by, recovery, { outcome: "failed" }),
    "recoveries.abandon": () => recoveries.abandon(by, recovery, "a test"),
    "recoveryWork.perform": () => recoveryWork.perform(by, recovery, "P01", { confirmed: true }),
    "objects.decide": () => objects.decide(by, "ABC", { object: "package/ABC00009", decision: "remove" }),
    "objects.undo": () => objects.undo(by, "ABC", "package/ABC00009"),
    "parents.accept": () => parents.accept(by, "SEC", "ABC", "a test"),
    "deletions.apply": () => deletions.apply(by, { system: "S2", role: "dp" }, { confirm: "S2", reason: "a test" }),
    "deletions.undo": () => deletions.undo(by, { system: "A1", role: "cap" }),
    "siteBackups.begin": () => siteBackups.begin(by, "A1"),
    "media.order": () => media.order(by, { options: { systems: ["S2"] } }),
    "media.receipt": () => media.receipt(by, ""),
    "agents.revoke": () => agents.revoke(by, "A1"),
  } satisfies Record<Change, () => Promise<unknown>>;
};

test("who may only listen is refused every change that there is, and nothing is changed by the attempt", async () => {
  const ids = await busy();
  const before = { stored: await kept(), sent: at.fleet.sent.length };
  expect(before.stored.size).toBeGreaterThan(4);
  const refused: [string, unknown][] = [];
  for (const [name, change] of Object.entries(changes(LISTENER, ids)))
    if (name !== "addresses.pause")
      refused.push([
        name,
        await change().then(
          () => "changed",
          ({ code }: { code?: string }) => code,
        ),
      ]);
  expect(refused).toEqual(refused.map(([name]) => [name, "FORBIDDEN"]));
  expect({ stored: await kept(), sent: at.fleet.sent.length }).toEqual(before);
  await expect(changes(LISTENER, ids)["addresses.pause"]()).rejects.toMatchObject({ code: "FORBIDDEN" });
});

/** What changes are about: the ledger, runs, addresses, agents and join tokens. Work that is running notes the rest. */
async function kept(): Promise<Map<string, string>> {
  const { client } = at.redis;
  const keys = (await client.keys("*")).filter((key) => /:(ledger|runs|addresses|run:[^:]+|agent:.*|join:.*)$/.test(key)).sort();
  const dumps = await Promise.all(keys.map((key) => client.dumpBuffer(key)));
  return new Map(keys.map((key, i) => [key, dumps[i]?.toString("hex") ?? ""]));
}

test("a drill is refused to an identity that may change something", async () => {
  const asked = { lose: ["A1"], at: "Fri 17:00", links: {}, reserve: [] };
  await expect(at.core.drills.rehearse(ANNA, asked)).rejects.toMatchObject({ code: "FORBIDDEN" });
  await expect(at.core.drills.rehearse(LISTENER, asked)).rejects.toMatchObject({ code: "NOTHING_SELECTED" });
});
