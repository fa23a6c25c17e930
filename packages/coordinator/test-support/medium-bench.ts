import { generateKeyPairSync, sign } from "node:crypto";
import { mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { noise } from "@sitewright/testkit/noise";
import { openMedium, type OpenMedium } from "@sitewright/node-kit/medium";
import { writeMedium } from "../src/adapters/media/write-medium.ts";
import type { MediumRequest } from "../src/adapters/media/plan-medium.ts";
import { OFFICE, openBench, type Bench } from "./content-index-bench.ts";

const { privateKey } = generateKeyPairSync("ed25519");
const quiet = (): void => undefined;

/** One unit in site data, and a folder for media of it. */
export interface MediumBench extends AsyncDisposable {
  bench: Bench;
  to: string;
  request(more?: Partial<MediumRequest>): Promise<MediumRequest>;
  /** @param tell Called when all is written, before it is read back. */
  write(asked: MediumRequest, tell?: (line: string) => void, to?: string): ReturnType<typeof writeMedium>;
  open(): OpenMedium;
}

export async function openMediumBench(): Promise<MediumBench> {
  const bench = await openBench();
  const to = mkdtempSync(join(tmpdir(), "sitewright-medium-test-"));
  await bench.write("big.bin", noise(2_000_000, 1));
  await bench.write("sub/copy.bin", noise(2_000_000, 1));
  await bench.write("sub/tool.sh", "#!/bin/sh\n", 0o755);
  symlinkSync("sub/tool.sh", bench.at("link"));
  return {
    bench,
    to,
    async request(more = {}) {
      const { manifest, manifestBytes, files, sourceBytes, sourceVersion } = await bench.run();
      const facts = { unit: OFFICE.unit, digest: manifest, bytes: manifestBytes, files, sourceBytes, sourceVersion };
      return {
        draft: {
          coordinator: "c",
          medium: "0123456789abcdef",
          madeAt: 1,
          generation: { epoch: 1, counter: 1 },
          orders: [{ system: "DPABC", manifest: 0, graceMs: 0 }],
          manifests: [{ ...facts, root: bench.siteData, owned: OFFICE.owned }],
          keys: [],
          acceptOlder: false,
        },
        dataDir: bench.dataDir,
        held: [],
        texts: { "HELP.TXT": "help" },
        programs: [],
        parity: false,
        ...more,
      };
    },
    write: (asked, tell = quiet, folder = to) => writeMedium(asked, { to: folder, sign: (bytes) => sign(null, bytes, privateKey), tell }),
    open: () => openMedium([to], quiet),
    async [Symbol.asyncDispose]() {
      rmSync(to, { recursive: true, force: true });
      await bench[Symbol.asyncDispose]();
    },
  };
}
