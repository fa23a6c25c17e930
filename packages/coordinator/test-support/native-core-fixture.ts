import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeEach } from "vitest";
import { openContentIndex } from "../src/adapters/content-index/content-index.ts";
import { nativeSite } from "../src/adapters/site-data/native-site.ts";
import { openSourceMemory } from "../src/adapters/source-memory.ts";
import { useCore, type CoreFixture } from "./core-fixture.ts";
import { silent } from "./redis/redis-fixture.ts";

export interface NativeCore {
  fixture: CoreFixture;
  /** Where something lies below the site data. */
  place(name: string): string;
  write(name: string, text: string): void;
}

/** A core on real site data in the native layout. @param prepare Writes them before each test. */
export async function useNativeCore(prepare: (write: NativeCore["write"]) => void): Promise<NativeCore> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "sitewright-core-")));
  const siteData = join(folder, "site-data");
  const index = await openContentIndex({ siteData, dataDir: join(folder, "data"), workers: 1 });
  const sourceMemory = openSourceMemory(join(folder, "data"), silent);
  const place = (name: string): string => join(siteData, name);
  const write = (name: string, text: string): void => {
    mkdirSync(dirname(place(name)), { recursive: true });
    writeFileSync(place(name), text);
  };
  beforeEach(() => {
    rmSync(siteData, { recursive: true, force: true });
    prepare(write);
  });
  const fixture = useCore(() => ({
    ...nativeSite(siteData),
    index,
    sourceMemory,
  }));
  afterAll(async () => {
    await index.close();
    sourceMemory.close();
    rmSync(folder, { recursive: true });
  });
  return { fixture, place, write };
}
