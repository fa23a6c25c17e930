import { expect, test } from "vitest";
import { aPhase, aRun } from "../../../../test-support/fakes.ts";
import { tableOf } from "../../../domain/runs/table/run-table.ts";
import { finish } from "../../../domain/slices.ts";
import { createWholeRun } from "./whole-run.ts";

test("a run is answered with all of its phases up to a limit, and above it refused before any is read", async () => {
  const phases = [aPhase({ id: "a", number: 0 }), aPhase({ id: "b", number: 1 })];
  const read: string[] = [];
  const board = {
    tableOf: async () => finish(tableOf(phases)),
    read: async (id: string) => {
      read.push(id);
      return phases;
    },
  };
  const whole = (most: number) => createWholeRun({ board, live: { sequence: () => 7 } }, async (id) => aRun({ id }), most)("run-1");
  expect(await whole(2)).toMatchObject({ run: { id: "run-1" }, phases, totals: { phases: 2 }, sequence: 7 });
  await expect(whole(1)).rejects.toMatchObject({ code: "RUN_TOO_LARGE", message: expect.stringContaining("run-1 has 2 steps") });
  expect(read).toEqual(["run-1"]);
});
