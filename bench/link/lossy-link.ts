import { fork, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { UnavailableHere, type Context } from "../case.ts";
import { kill, type Within } from "../machine/processes.ts";

/** Two network namespaces with a line of packets between them. */
export interface LossyLink {
  near: LinkEnd;
  far: LinkEnd;
}

export interface LinkEnd {
  address: string;
  /** Command prefix to run at this end. */
  within: Within;
}

export interface LossyOptions {
  /** bit/s each way. */
  rate: number;
  /** ms one way. */
  delay: number;
  /** Share of packets that are lost. */
  loss: number;
}

/** Network device of the near end; it counts what enters the line. */
export const NEAR_DEVICE = "swbench0";

const NEAR = { name: "swbench-near", address: "10.99.0.1" };
const FAR = { name: "swbench-far", address: "10.99.0.2" };

/** Throws `UnavailableHere` if such a line cannot be made. */
export async function openLossyLink(context: Context, { rate, delay, loss }: LossyOptions): Promise<LossyLink> {
  const lacking = whatIsLacking();
  if (lacking) throw new UnavailableHere(`a line that loses packets cannot be made here: ${lacking}`);
  for (const { name } of [NEAR, FAR]) spawnSync("ip", ["netns", "del", name]);
  for (const { name } of [NEAR, FAR]) {
    ip("netns", "add", name);
    context.cleanup.defer(() => void spawnSync("ip", ["netns", "del", name]));
    ip("-n", name, "link", "set", "lo", "up");
  }
  const devices = [NEAR_DEVICE, "swbench1"] as const;
  const child = fork(join(import.meta.dirname, "tun-process.ts"), [...devices, String(rate), String(delay), String(loss)]);
  context.cleanup.defer(() => kill(child));
  const [first] = (await Promise.race([once(child, "message"), once(child, "exit")])) as [unknown];
  if (first !== "up") throw new Error("the line did not come up: see above");
  connectEnd(NEAR, FAR, devices[0]);
  connectEnd(FAR, NEAR, devices[1]);
  return { near: endAt(NEAR), far: endAt(FAR) };
}

function connectEnd(here: typeof NEAR, there: typeof NEAR, device: string): void {
  ip("link", "set", device, "netns", here.name);
  ip("-n", here.name, "addr", "add", here.address, "peer", there.address, "dev", device);
  ip("-n", here.name, "link", "set", device, "up", "mtu", "1500");
  // The default of most servers; some newer algorithms hide loss.
  ip("-n", here.name, "route", "replace", there.address, "dev", device, "src", here.address, "congctl", "cubic");
}

const endAt = ({ name, address }: typeof NEAR): LinkEnd => ({ address, within: ["ip", "netns", "exec", name] });

function whatIsLacking(): string | undefined {
  if (process.getuid?.() !== 0) return "it takes root, run the bench as root";
  if (!existsSync("/dev/net/tun")) return "there is no /dev/net/tun";
  if (spawnSync("ip", ["-V"]).error) return "the command ip is missing, install iproute2";
  const probe = "swbench-probe";
  const { status, stderr } = spawnSync("ip", ["netns", "add", probe], { encoding: "utf8" });
  spawnSync("ip", ["netns", "del", probe]);
  return status === 0 ? undefined : `no network namespace can be made (${stderr.trim()})`;
}

function ip(...args: string[]): void {
  const { status, stderr } = spawnSync("ip", args, { encoding: "utf8" });
  if (status !== 0) throw new Error(`ip ${args.join(" ")}: ${stderr.trim()}`);
}
