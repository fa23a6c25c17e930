import { existsSync, renameSync } from "node:fs";
import { expect, test } from "vitest";
import { CAP, capFolders, openFixture, readTree, release } from "../../../test-support/disk-fixture.ts";
import { exchangeByRenames } from "./platform/portable.ts";
import type { Exchange } from "./platform/port.ts";

const BOXES = capFolders("clifiles.box", "pkginfo.box", "offerinf.box");
const tree = (text: string) => ({
  "CAP_ABC/clifiles.box/c": text,
  "CAP_ABC/pkginfo.box/p": text,
  "CAP_ABC/offerinf.box/o": text,
});
const OLD = release(CAP, BOXES, tree("old"));
const NEW = release(CAP, BOXES, tree("new"));
const served = (text: string) => ({ "clifiles.box/c": text, "pkginfo.box/p": text, "offerinf.box/o": text });
/** Renames of an exchange of three folders, with that of their own folder. */
const RENAMES = 10;

interface Refusals {
  code: "EPERM" | "EBUSY";
  /** The first rename that is refused, counted from 1, and the first that is not again. */
  from: number;
  to: number;
}

/** Renames of which some are refused, as on Windows while a file is open. */
function refusingRenames(pauses: number[] = []) {
  let count = 0;
  let refusals: Refusals = { code: "EPERM", from: Infinity, to: 0 };
  const exchange = exchangeByRenames({
    rename(a, b) {
      const { code, from, to } = refusals;
      count += 1;
      if (count >= from && count < to) throw Object.assign(new Error(`${code}: not permitted, rename`), { code });
      renameSync(a, b);
    },
    isInUse: (error) => ["EPERM", "EBUSY"].includes((error as { code?: string }).code ?? ""),
    pauses,
    urgent: [1, 1, 1],
  });
  const usersOf = (folder: string) => `open is ${folder}/c by anna`;
  return {
    exchange: { ...exchange, usersOf },
    begin(next: Refusals) {
      count = 0;
      refusals = next;
    },
    end() {
      refusals = { ...refusals, from: Infinity };
    },
  };
}

async function openOld(exchange: Exchange, settleAfterMs = 600_000) {
  const site = await openFixture({ exchange, settleAfterMs });
  await site.stage(OLD, 1);
  await site.activate(CAP, 1);
  await site.stage(NEW, 2);
  return site;
}

const cases = (
  [
    ["EPERM", 1],
    ["EPERM", 3],
    ["EBUSY", 2],
  ] as const
).flatMap(([code, times]) => Array.from({ length: RENAMES }, (_, i) => ({ code, from: i + 1, to: i + 1 + times })));

test.each(cases)(
  "An activation of which renames $from to before $to are refused with $code leaves the old or the new folders served, and succeeds later",
  async (refusals) => {
    const renames = refusingRenames();
    await using site = await openOld(renames.exchange);
    renames.begin(refusals);
    const outcome = await site.activate(CAP, 2);
    for (const box of ["clifiles.box", "pkginfo.box", "offerinf.box"]) expect(existsSync(site.path("cap", `CAP_ABC/${box}`))).toBe(true);
    const isTold =
      outcome.kind === "failed" &&
      outcome.retryable &&
      /is open .*; open is .* by anna: it is tried again.*Get-SmbOpenFile/.test(outcome.message);
    expect(["activated", "FOLDER_IN_USE"]).toContain(isTold ? outcome.code : outcome.kind);
    renames.end();
    expect(await site.activate(CAP, 2)).toMatchObject({ kind: "activated", previous: true });
    expect(readTree(site.path("cap", "CAP_ABC"))).toEqual(served("new"));
    expect(await site.order(CAP, 3, { kind: "undo", graceMs: 60_000 })).toEqual({ kind: "undone", manifest: OLD.digest });
    expect(readTree(site.path("cap", "CAP_ABC"))).toEqual(served("old"));
  },
);

test("What opens a folder for a moment, such as a virus scanner, is waited for within the exchange", async () => {
  const renames = refusingRenames([1, 1, 1]);
  await using site = await openOld(renames.exchange);
  let counter = 2;
  for (let from = 1; from <= RENAMES; from++) {
    renames.begin({ code: "EPERM", from, to: from + 2 });
    expect(await site.activate(CAP, counter)).toMatchObject({ kind: "activated" });
    renames.end();
    counter += 1;
    expect(await site.stage(from % 2 === 0 ? NEW : OLD, counter)).toMatchObject({ kind: "staged" });
  }
});

test("A switch that can neither end nor go back is continued by a timer once nothing is open any more, without an order", async () => {
  const renames = refusingRenames();
  await using site = await openOld(renames.exchange, 20);
  const reports = () => site.logged.filter(({ message }) => message.includes("cannot be finished yet")).length;
  renames.begin({ code: "EBUSY", from: 5, to: Infinity });
  expect(await site.activate(CAP, 2)).toMatchObject({ kind: "failed", code: "FOLDER_IN_USE" });
  expect(readTree(site.path("cap", "CAP_ABC"))).not.toEqual(served("old"));
  await expect.poll(reports).toBe(1);
  renames.end();
  await expect.poll(() => readTree(site.path("cap", "CAP_ABC"))).toEqual(served("old"));
  expect(await site.activate(CAP, 2)).toMatchObject({ kind: "activated" });
  expect(reports()).toBe(1);
});
