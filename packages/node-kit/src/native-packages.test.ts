import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

interface Locked {
  dev?: boolean;
  optional?: boolean;
  os?: string[];
  cpu?: string[];
  libc?: string[];
  optionalDependencies?: Record<string, string>;
}

const { packages } = JSON.parse(readFileSync(new URL("../../../package-lock.json", import.meta.url), "utf8")) as {
  packages: Record<string, Locked>;
};

/** Native packages by what needs them; an empty name is this project itself, which needs Node.js. */
const natives = Object.entries(packages).flatMap(([path, { dev, optional, optionalDependencies = {} }]) => {
  const forPlatforms = Object.keys(optionalDependencies).flatMap((name) => packages[`node_modules/${name}`] ?? []);
  return dev || optional || !forPlatforms.some(({ os }) => os !== undefined) ? [] : [{ path, forPlatforms }];
});

test("what the programs need of native code is found at all", () => {
  expect(natives.map(({ path }) => path)).toEqual(expect.arrayContaining(["", "node_modules/@napi-rs/blake-hash", "node_modules/koffi"]));
});

test.each([
  ["linux", "x64"],
  ["linux", "arm64"],
  ["win32", "x64"],
])("the lock file names every native package for %s-%s, so that an installation there leaves none out", (os, cpu) => {
  const isFor = (locked: Locked): boolean =>
    locked.os?.includes(os) === true && locked.cpu?.includes(cpu) === true && (locked.libc?.includes("glibc") ?? true);
  expect(natives.filter(({ forPlatforms }) => !forPlatforms.some(isFor)).map(({ path }) => path)).toEqual([]);
});
