import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { isRoot } from "@sitewright/testkit/account";
import { temporaryFolder } from "@sitewright/testkit/temporary-folder";
import { CAN_MOUNT, mountFuse } from "../../../../test-support/fuse/mount.ts";
import { FAT, type Traits } from "../../../../test-support/fuse/traits.ts";
import { probeRoot, requireFit, type RootFindings } from "./root-probe.ts";

test("a file system with everything that rebuilds need is accepted, and the probe leaves nothing behind, and removes what an earlier one left", () => {
  const root = temporaryFolder();
  mkdirSync(join(root, ".sitewright-probe-killed"));
  writeFileSync(join(root, ".sitewright-probe-killed/file"), "");
  mkdirSync(join(root, "ABC00001"));
  expect(probeRoot(root).unfit).toEqual([]);
  expect(requireFit(root)).toEqual(
    probeRoot(root).warnings.map((what) => expect.stringMatching(new RegExp(`^the role root ${root} \\([\\w.]+\\): ${what}`))),
  );
  expect(readdirSync(root)).toEqual(["ABC00001"]);
});

test("a file system that cannot exchange two folders in one step is named in a warning", () => {
  const root = temporaryFolder();
  const refuse = (): void => {
    throw Object.assign(new Error("EINVAL: renameat2"), { code: "EINVAL" });
  };
  expect(probeRoot(root, refuse)).toEqual({
    unfit: [],
    warnings: [expect.stringMatching(/^it cannot exchange two folders in one step: clients may miss/)],
  });
  expect(probeRoot(root).warnings).toEqual([]);
});

test("a root that cannot be written at all is reported as such, and not as unfit", () => {
  const root = join(temporaryFolder(), "gone");
  expect(() => requireFit(root)).toThrow(expect.objectContaining({ code: "IO_ERROR", path: expect.stringContaining(root) as string }));
});

/** Until the end of the test. */
function mount(...words: string[]): void {
  execFileSync("mount", words, { stdio: "pipe" });
  onTestFinished(() => void execFileSync("umount", [words.at(-1) as string], { stdio: "pipe" }));
}

// Only root mounts file systems.

for (const type of isRoot ? ["ext2", "ext3"] : [])
  test(`a real ${type} that keeps times to the second only, as FAT does, is refused by name before anything is rebuilt there`, () => {
    const folder = temporaryFolder();
    const [image, root] = [join(folder, "image"), join(folder, "root")];
    mkdirSync(root);
    execFileSync("mke2fs", ["-q", "-t", type, "-I", "128", image, "8M"], { stdio: "pipe" });
    mount("-o", "loop", image, root);
    const before = readdirSync(root);
    expect(probeRoot(root).unfit).toEqual(["it does not keep the times of files to the millisecond"]);
    expect(() => requireFit(root)).toThrow(
      expect.objectContaining({
        code: "ROOT_UNFIT",
        path: root,
        message: `the role root ${root} lies on a file system that cannot be used (${type}): it does not keep the times of files to the millisecond. Put it on another one, such as ext4, XFS or Btrfs`,
      }),
    );
    expect(readdirSync(root)).toEqual(before);
  });

const MOUNTS: [what: string, mount: (at: string) => string[]][] = [
  ["another file system", (at) => ["-t", "tmpfs", "tmpfs", at]],
  ["a folder of the same disk", (at) => ["--bind", temporaryFolder(), at]],
];

for (const [what, mount] of isRoot ? MOUNTS : [])
  test(`a root in which ${what} is mounted at .sitewright is refused, and accepted again once that is unmounted`, () => {
    const root = temporaryFolder();
    const own = join(root, ".sitewright");
    mkdirSync(own);
    execFileSync("mount", mount(own), { stdio: "pipe" });
    try {
      expect(() => requireFit(root)).toThrow(
        expect.objectContaining({
          code: "ROOT_UNFIT",
          message: expect.stringContaining(".sitewright in it is mounted from elsewhere: unmount what is mounted there") as string,
        }),
      );
    } finally {
      execFileSync("umount", [own], { stdio: "pipe" });
    }
    expect(probeRoot(root).unfit).toEqual([]);
  });

const UNION = "it unites several file systems and has no lasting numbers for files";
const MODES = "it does not keep the permissions of files";
const TIMES = "it does not keep the times of files to the millisecond";
const NUMBERS = "a folder cannot be moved into another one, or gets another number then";
const REFUSES_EXCHANGE = "it refuses to exchange two folders";
const REFUSED = "it does not take names with letters other than those of ASCII";
const CHANGED = "it changes the names of files";
const NO_LINKS = "it has no hard links: unchanged files are copied, which takes room and time";
const NO_SYMLINKS = "it has no symbolic links: packages that hold some cannot be rebuilt there";
const NO_EXCHANGE = "it cannot exchange two folders in one step: clients may miss a folder for a moment when it is activated";
const FOLDED = "it takes names such as 'ma\u00dfe' and 'masse' for one: packages that hold both cannot be rebuilt there";
const SHORT = "it does not take names of 255 bytes: packages that hold such names cannot be rebuilt there";

const unfit = (...found: string[]): RootFindings => ({ unfit: found, warnings: [] });
const warned = (...found: string[]): RootFindings => ({ unfit: [], warnings: found });

const ODD: [what: string, traits: Partial<Traits>, found: RootFindings][] = [
  ["is like ext4", {}, unfit()],
  ["is like FAT", FAT, { unfit: [MODES, TIMES], warnings: [NO_LINKS, NO_SYMLINKS, NO_EXCHANGE] }],
  ["unites others", { type: "mergerfs" }, unfit(UNION)],
  ["forgets modes", { chmod: "forgets" }, unfit(MODES)],
  ["refuses chmod", { chmod: "EPERM" }, unfit(MODES)],
  ["keeps times to 10 ms", { tickMs: 10 }, unfit(TIMES)],
  ["gives what is moved another number", { renumbers: true }, unfit(NUMBERS)],
  ["moves nothing into another folder", { move: "EXDEV", exchange: "EXDEV" }, unfit(NUMBERS, REFUSES_EXCHANGE)],
  ["composes names", { form: "NFC", finds: true }, unfit(CHANGED)],
  ["finds names in a form of its own only", { form: "NFD" }, unfit(CHANGED)],
  ["takes no names with letters other than those of ASCII", { asciiOnly: "EINVAL" }, unfit(REFUSED)],
  ["has no hard links", { hardLinks: "EPERM" }, warned(NO_LINKS)],
  ["has no symbolic links", { symbolicLinks: "EOPNOTSUPP" }, warned(NO_SYMLINKS)],
  ["refuses exchanges as not permitted", { exchange: "EPERM" }, unfit(REFUSES_EXCHANGE)],
  ["exchanges no names", { exchange: "EINVAL" }, warned(NO_EXCHANGE)],
  [
    "knows neither links nor exchanges",
    { hardLinks: "ENOSYS", symbolicLinks: "ENOSYS", exchange: "ENOSYS" },
    warned(NO_LINKS, NO_SYMLINKS, NO_EXCHANGE),
  ],
  ["takes names that differ in case for one", { folds: "letters" }, warned()],
  ["folds names as whole strings", { folds: "strings" }, warned(FOLDED)],
  ["takes names of 143 bytes", { longestName: 143 }, warned(SHORT)],
];

for (const [what, traits, found] of CAN_MOUNT ? ODD : [])
  test(`a file system that ${what} is reported as such, and nothing stays behind`, async () => {
    const root = temporaryFolder();
    await using _ = await mountFuse(root, { type: "odd", ...traits });
    expect(probeRoot(root)).toEqual(found);
    expect(readdirSync(root)).toEqual([]);
  });
