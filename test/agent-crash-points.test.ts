import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { activationBegins, beginRebuild, generationsIn, writeGeneration } from "./support/cap-generations.ts";
import { startFleet } from "./support/fleet.ts";
import { CAP_SOURCES } from "./support/site.ts";
import { readTree } from "./support/trees/trees.ts";

const ROUNDS = 8;
/** An activation of a CAP takes less, ms: each round kills at another moment of it. */
const ACTIVATION_MS = 12;
/** Time after which a starting agent finishes an interrupted activation, ms. */
const RECOVERY_MS = 200;

test(
  `an agent killed in ${ROUNDS} activations leaves each owned folder completely in one generation, and finishes each activation by itself`,
  { timeout: 900_000 },
  async () => {
    await using fleet = await startFleet({ systems: { SRVABC: { roles: ["cap"] } } });
    const agent = fleet.agent("SRVABC");
    const cap = join(agent.root("cap"), "CAP_ABC");
    writeGeneration(fleet, 1);
    await (
      await beginRebuild({ fleet, agent }, 0)
    )();
    let caught = 0;
    let round = 2;
    // More where none was early enough.
    for (; round < ROUNDS + 2 || caught === 0; round++) {
      writeGeneration(fleet, round);
      const begun = activationBegins(agent);
      const ended = await beginRebuild({ fleet, agent }, round % 2 === 0 ? 600_000 : 0);
      await begun;
      await sleep((ACTIVATION_MS / ROUNDS) * ((round - 2) % ROUNDS));
      await agent.kill();
      const seen = new Set(generationsIn(cap));
      expect([...seen].every((generation) => generation === round || generation === round - 1)).toBe(true);
      if (seen.size > 1 || seen.has(round - 1)) caught += 1;
      await agent.start();
      if (round % 4 === 0) {
        await sleep(RECOVERY_MS + 5 * (round % 16));
        await agent.kill();
        generationsIn(cap);
        await agent.start();
      }
      expect((await ended()).state).toBe("done");
      expect(generationsIn(cap)).toEqual(Array.from(Object.keys(CAP_SOURCES), () => round));
    }
    writeGeneration(fleet, round);
    await (
      await beginRebuild({ fleet, agent }, 0)
    )();
    for (const [box, source] of Object.entries(CAP_SOURCES)) {
      expect(readTree(join(cap, box)), box).toEqual(readTree(join(fleet.siteData, "ABC/inboxes", source)));
    }
  },
);
