import { writeLargeTree } from "../../data/trees.ts";
import { measureLimits } from "../../machine/limits.ts";
import { coldCase } from "./cold.ts";

export const coldLarge = coldCase({
  name: "cold-large",
  about: "1 GiB in 8 files that do not compress, memory disk, loopback, empty target",
  write: writeLargeTree,
  disk: "memory",
  ratio: 1,
  async more(context, { bytes }, seconds) {
    const limits = await measureLimits(context.folder("memory"));
    const rates = Object.entries(limits).map(([name, rate]) => `${name} ${(rate / 1024 ** 3).toFixed(2)} GiB/s`);
    const [slowest, rate] = Object.entries(limits).reduce((a, b) => (b[1] < a[1] ? b : a));
    const least = bytes / rate;
    return [
      `this machine, one thread each: ${rates.join(", ")}`,
      `the limit is the slowest of them, ${slowest}: ${least.toFixed(3)} s; ours takes ${(seconds / least).toFixed(2)} times that`,
    ];
  },
});
