import { spawnSync } from "node:child_process";
import { join } from "node:path";
import type { Context } from "../case.ts";
import { start, type Within } from "../machine/processes.ts";
import { openLine, overLine } from "./line.ts";
import { readSamples, type Samples } from "./samples.ts";

/** A line as fast as this machine, on which every byte is counted with its time. */
export interface Wire {
  /** Where the coordinator is to listen. */
  listen: string;
  /** Command prefix to run the coordinator, and agents. */
  near: Within;
  far: Within;
  /** The coordinator as agents reach it. */
  agentUrl(coordinatorUrl: string): Promise<string>;
  /** Towards the agents. */
  samples: Samples;
  /** For the output. */
  fact: string;
}

const NEAR = "swwire-near";
const FAR = "swwire-far";
const DEVICE = "swwire0";
const ADDRESS = "10.99.1.1";

/** Packets between two network namespaces where these can be made; else a TCP proxy. */
export function openWire(context: Context): Promise<Wire> | Wire {
  return canMakeNamespaces() ? openPackets(context) : openProxy(context);
}

function openPackets(context: Context): Wire {
  for (const name of [NEAR, FAR]) {
    ip("netns", "add", name);
    context.cleanup.defer(() => void spawnSync("ip", ["netns", "del", name]));
    ip("-n", name, "link", "set", "lo", "up");
  }
  ip("-n", NEAR, "link", "add", DEVICE, "type", "veth", "peer", "name", DEVICE, "netns", FAR);
  for (const [name, address] of [
    [NEAR, ADDRESS],
    [FAR, "10.99.1.2"],
  ] as const) {
    // The device counts what the system passes to it: packets as on a line, not segments to be split.
    ip("-n", name, "link", "set", DEVICE, "gso_max_segs", "1");
    ip("-n", name, "addr", "add", `${address}/24`, "dev", DEVICE);
    ip("-n", name, "link", "set", DEVICE, "up", "mtu", "1500");
  }
  const near = ["ip", "netns", "exec", NEAR];
  const child = start(process.execPath, [join(import.meta.dirname, "device-process.ts"), DEVICE], { within: near, output: "pipe" });
  context.cleanup.defer(() => void child.kill());
  return {
    listen: `${ADDRESS}:7400`,
    near,
    far: ["ip", "netns", "exec", FAR],
    agentUrl: async (url) => url.replace(/\/\/[^/:]+/, `//${ADDRESS}`),
    samples: readSamples(child.stdout),
    fact: "counted: the IP packets of 1,500 bytes at most on a network device between two network namespaces; with TLS, since this is not loopback",
  };
}

function openProxy(context: Context): Wire {
  const line = openLine(context);
  return {
    listen: "127.0.0.1:0",
    near: [],
    far: [],
    agentUrl: (url) => overLine(line, url),
    samples: line.samples(),
    fact: "counted: what crossed a TCP proxy, with 52 bytes of headers for each 1,448; run as root, for packets between network namespaces",
  };
}

function canMakeNamespaces(): boolean {
  if (process.getuid?.() !== 0 || spawnSync("ip", ["-V"]).error) return false;
  for (const name of [NEAR, FAR]) spawnSync("ip", ["netns", "del", name]);
  const made = spawnSync("ip", ["netns", "add", NEAR]).status === 0;
  const linked = made && spawnSync("ip", ["-n", NEAR, "link", "add", DEVICE, "type", "veth", "peer", "name", "swwire1"]).status === 0;
  if (made) spawnSync("ip", ["netns", "del", NEAR]);
  return linked;
}

function ip(...args: string[]): void {
  const { status, stderr } = spawnSync("ip", args, { encoding: "utf8" });
  if (status !== 0) throw new Error(`ip ${args.join(" ")}: ${stderr.trim()}`);
}
