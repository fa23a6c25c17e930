import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { temporaryFolder } from "../../../../test-support/temporary-folder.ts";
import { probeRoot, requireFit } from "./root-probe.ts";

test("a file system that keeps all that rebuilds rely on is fit, and the probe leaves nothing behind, nor what an earlier one left", () => {
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

test("a file system that cannot exchange two folders in one step is warned of by name", () => {
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

test("a root that cannot be written at all is told as that, and not as unfit", () => {
  const root = join(temporaryFolder(), "gone");
  expect(() => requireFit(root)).toThrow(expect.objectContaining({ code: "IO_ERROR", path: expect.stringContaining(root) as string }));
});

/** Until the test is over. */
function mount(...words: string[]): void {
  execFileSync("mount", words, { stdio: "pipe" });
  onTestFinished(() => void execFileSync("umount", [words.at(-1) as string], { stdio: "pipe" }));
}

// Only root mounts file systems.
const superuser = process.getuid?.() === 0;

for (const type of superuser ? ["ext2", "ext3"] : [])
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

for (const point of superuser ? [".sitewright"] : [])
  test(`a root in which ${point} is a mount of its own is refused, and fit again once that is unmounted`, () => {
    const root = temporaryFolder();
    const own = join(root, point);
    mkdirSync(own);
    execFileSync("mount", ["-t", "tmpfs", "tmpfs", own], { stdio: "pipe" });
    try {
      expect(() => requireFit(root)).toThrow(
        expect.objectContaining({
          code: "ROOT_UNFIT",
          message: expect.stringContaining(".sitewright in it lies on another file system: unmount what is mounted there") as string,
        }),
      );
    } finally {
      execFileSync("umount", [own], { stdio: "pipe" });
    }
    expect(probeRoot(root).unfit).toEqual([]);
  });
