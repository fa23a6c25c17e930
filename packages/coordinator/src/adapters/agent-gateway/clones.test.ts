import { expect, test } from "vitest";
import { createClones } from "./gateway.ts";

function bench() {
  const told: string[] = [];
  const shown: string[] = [];
  let now = 1_000_000;
  const clones = createClones({
    log: { warn: (_, message) => void told.push(message) },
    clock: () => now,
    cloned: (system, text) => void shown.push(`${system}: ${text}`),
  });
  return {
    told,
    shown,
    connect: (instance: string | undefined, address = "10.0.0.1") => clones.connected("SRV1", instance, address),
    later: (ms: number) => (now += ms),
  };
}

test("two agents that alternate with one key are reported once an hour, by the name of their system", () => {
  const { told, shown, connect, later } = bench();
  for (const instance of ["a", "b", "a", "b", "a"]) connect(instance);
  expect(told).toEqual([expect.stringMatching(/^two agents run with the key of SRV1 /)]);
  later(3_600_000);
  connect("b");
  expect(told).toHaveLength(2);
  // A client that looks at the system now is shown it, however long ago it was logged.
  expect(shown).toHaveLength(4);
  expect(new Set(shown).size).toBe(1);
});

test("an agent that reconnects, restarts, or does not state its process, is not a clone", () => {
  const { told, connect } = bench();
  for (const instance of ["a", "a", "b", "b", "c", undefined, "c", undefined]) connect(instance);
  expect(told).toEqual([]);
});
