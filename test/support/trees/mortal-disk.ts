import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";

/** More than any of the tests has on its disk, and little enough to copy quickly at a power cut; bytes. */
const BYTES = 96 * 1024 * 1024;

/** After which something else than a busy machine keeps an unmounted disk in use, ms. */
const IN_USE_MS = 20_000;

/**
 * An ext4 file system of its own in a file, whose power can be cut: everything that the system had not yet synced is lost then, and so are
 * names, sizes and renames. Requires the right to mount, which the tests have when they run as root.
 */
export interface MortalDisk extends Disposable {
  /** Puts a folder, created for it, on this disk. */
  hold(folder: string): void;
  /** No file may be open on the disk. Afterwards it is mounted again, in the state that a power cut a moment ago would have left. */
  cutPower(): void;
}

/** @param options Of the mount, such as `data=writeback`: sizes and names may then be on the disk before the bytes. */
export function makeMortalDisk(options: string): MortalDisk {
  const home = mkdtempSync(join(tmpdir(), "sitewright-disk-"));
  const [image, copy, again, top] = ["image", "copy", "again", "top"].map((name) => join(home, name)) as [string, string, string, string];
  const held: string[] = [];
  let device: string | undefined;
  mkdirSync(top);
  writeFileSync(image, "");
  truncateSync(image, BYTES);
  run("mkfs.ext4", "-q", "-F", "-E", "lazy_itable_init=0,lazy_journal_init=0", image);

  function mount(): void {
    // Another one each time: others may have taken the one before.
    device = run("losetup", "--find", "--show", image).trim();
    run("mount", "-t", "ext4", "-o", options, device, top);
    for (const folder of held) bind(folder);
  }

  function bind(folder: string): void {
    mkdirSync(join(top, basename(folder)), { recursive: true });
    run("mount", "--bind", join(top, basename(folder)), folder);
  }

  function unmount(): void {
    for (const folder of [...held, top]) run("umount", folder);
    run("losetup", "--detach", device as string);
    // A program that looked at the mounts or the device a moment ago may still hold it: then it would be on two devices.
    const until = Date.now() + IN_USE_MS;
    while (run("losetup", "--associated", image) !== "") {
      if (Date.now() > until) throw new Error(`${image} is unmounted, and still in use: does another program have a copy of its mount?`);
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10);
    }
  }

  mount();
  return {
    hold(folder) {
      mkdirSync(folder, { recursive: true });
      bind(folder);
      held.push(folder);
    },
    cutPower() {
      // Blocks that are written during the copy belong to different moments.
      do {
        run("cp", image, copy);
        run("cp", image, again);
      } while (!same(copy, again));
      unmount();
      run("cp", copy, image);
      mount();
    },
    [Symbol.dispose]() {
      if (device === undefined) return;
      unmount();
      device = undefined;
      rmSync(home, { recursive: true });
    },
  };
}

function run(command: string, ...args: string[]): string {
  return execFileSync(command, args, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
}

function same(a: string, b: string): boolean {
  try {
    run("cmp", "--silent", a, b);
    return true;
  } catch {
    return false;
  }
}
