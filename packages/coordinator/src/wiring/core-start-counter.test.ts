import { cpSync, existsSync, readFileSync, renameSync, rmSync } from "node:fs";
import { expect, test } from "vitest";
import { ANNA } from "../../test-support/fakes.ts";
import { useNativeCore } from "../../test-support/native-core-fixture.ts";

const HIERARCHY = `
sites:
  ABC: { type: primary, server: A1 }
  SEC: { type: secondary, parent: ABC, server: S1 }
systems:
  A1: { site: ABC, roles: [dp] }
  S1: { site: SEC, roles: [dp] }
`;

const { fixture, place, write } = await useNativeCore((first) => {
  first("hierarchy.yaml", HIERARCHY);
  first("ABC/site.yaml", "serials: { packages: 40 }\n");
  first("packages/ABC00001/package.yaml", "distributionPoints: [A1, S1]\n");
  first("packages/ABC00001/source/a.txt", "text");
});

const signs = async () => (await fixture.core.serials.site("ABC")).signs;
const counted = () => /starts: (\d+)/.exec(readFileSync(place("ABC/starts.yaml"), "utf8"))?.[1];

async function startAgain(): Promise<void> {
  await fixture.core.stop();
  await fixture.restart();
}

/** Puts a copy of the site's folder in its place. */
function restore(): void {
  rmSync(place("ABC"), { recursive: true });
  renameSync(place("copy"), place("ABC"));
}

test("a folder restored from a copy taken two starts ago holds its site, although no number in it is lower", async () => {
  expect(counted()).toBe("1");
  cpSync(place("ABC"), place("copy"), { recursive: true });
  await startAgain();
  await startAgain();
  expect([counted(), await signs()]).toEqual(["3", []]);
  await fixture.core.stop();
  restore();
  await fixture.restart();
  expect(await signs()).toEqual([expect.stringMatching(/its start counter is 1, and 3 was seen: its folder is an earlier copy/)]);
  await expect(fixture.core.operations.start(ANNA, "rebuild", { sites: ["ABC"] })).rejects.toMatchObject({
    code: "NOTHING_SELECTED",
    message: expect.stringContaining("RECOVERY_REQUIRED") as string,
  });
  await startAgain();
  expect([counted(), (await signs()).length]).toEqual(["1", 1]);
});

test("a copy that is restored while the coordinator runs is noticed at the next reading", async () => {
  cpSync(place("ABC"), place("copy"), { recursive: true });
  await startAgain();
  restore();
  expect(await signs()).toHaveLength(1);
});

test("a folder without a counter, as one that is deployed from elsewhere, holds nothing, and is counted on from the next start", async () => {
  rmSync(place("ABC/starts.yaml"));
  expect(await signs()).toEqual([]);
  await startAgain();
  expect([counted(), await signs()]).toEqual(["2", []]);
});

test("raising the numbers settles it, undoing that brings it back, and an operator may accept it; later starts count on above all", async () => {
  const { serials } = fixture.core;
  cpSync(place("ABC"), place("copy"), { recursive: true });
  await startAgain();
  restore();
  expect((await fixture.core.serials.apply(ANNA, "ABC", [])).signs).toHaveLength(1);
  expect(await signs()).toEqual([]);
  expect((await fixture.core.serials.undo(ANNA, "ABC")).signs).toHaveLength(1);
  expect((await fixture.core.serials.accept(ANNA, "ABC", "the copy is right")).signs).toEqual([]);
  await expect(serials.accept(ANNA, "ABC", "again")).rejects.toThrow("nothing to accept");
  await startAgain();
  expect([counted(), await signs()]).toEqual(["3", []]);
});

test("a start is one entry of the ledger for all sites, and a site without a folder is not counted", async () => {
  const entries = async () => (await fixture.ledger()).filter(({ kind }) => kind === "sites-counted").map(({ details }) => details);
  expect(await entries()).toEqual([{ ABC: "1" }]);
  expect(existsSync(place("SEC"))).toBe(false);
  write("SEC/site.yaml", "serials: { packages: 1 }\n");
  await fixture.core.serials.sites();
  await fixture.core.serials.sites();
  expect(await entries()).toEqual([{ ABC: "1" }, { SEC: "1" }]);
});
