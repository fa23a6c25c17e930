import { setTimeout as delay } from "node:timers/promises";
import { noise } from "@sitewright/testkit/noise";
import { expect, test } from "vitest";
import { openBench } from "../../../test-support/content-index-bench.ts";
import { openContentThreads } from "./content-threads.ts";

// Node.js aborts the whole process when a thread is terminated that has made a (de)compressor and not yet initialised it.
test("threads that are closed while they decompress end, and the process goes on", async () => {
  await using bench = await openBench();
  await bench.write("a.bin", noise(5000, 1));
  const { manifest } = await bench.run();
  const ends: unknown[] = [];
  for (let time = 0; time < 5; time++) {
    const threads = openContentThreads(bench.siteData, bench.dataDir);
    let closed = false;
    const opening = async (): Promise<void> => {
      while (!closed) for (let i = 0; i < 50; i++) await threads.openManifest(manifest, [], 0);
    };
    const running = Promise.allSettled(Array.from({ length: 20 }, opening));
    await delay(100 + time);
    closed = true;
    await threads.close();
    for (const end of await running) ends.push(end.status === "rejected" ? (end.reason as { code?: string }).code : "opened");
  }
  expect(new Set(ends)).toEqual(new Set(["CONTENT_UNAVAILABLE"]));
});
