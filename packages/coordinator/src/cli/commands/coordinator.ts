import { Option, type Command } from "commander";
import { collect } from "../selection-options.ts";
import { DEFAULT_DATA_DIR } from "../connect.ts";
import { withConfigFile } from "@sitewright/node-kit/config-file";

interface CoordinatorFlags {
  siteData: string;
  dataDir: string;
  listen: string;
  redis?: string;
  redisCa?: string;
  name?: string[];
  peers: boolean;
  agents?: string;
}

/** Options of a coordinator. */
export interface CoordinatorOptions {
  siteData: string;
  dataDir: string;
  /** `host:port`; an IPv6 address in brackets. */
  listen: string;
  /** Further host names of its endpoint. */
  names: readonly string[];
  redis?: string;
  /** File with the authorities to trust for it, PEM. */
  redisCa?: string;
  /** No system fetches content from another one of its site. */
  noPeers: boolean;
  /** Folder with the packages from which agents are installed. */
  agents?: string;
}

/** Runs a coordinator until it is stopped. */
export type RunCoordinator = (options: CoordinatorOptions) => Promise<void>;

export function addCoordinator(program: Command, runCoordinator: RunCoordinator): void {
  withConfigFile(program.command("coordinator"))
    .description("run the coordinator on the site server")
    .requiredOption("--site-data <folder>", "the site server's data")
    .option("--data-dir <folder>", "folder for its keys, manifests and runs", process.env.SITEWRIGHT_DATA_DIR ?? DEFAULT_DATA_DIR)
    .option("--listen <host:port>", "address of its endpoint; beyond loopback it speaks TLS only", "127.0.0.1:7400")
    .option("--name <host>", "another name under which agents and operators reach it (repeatable)", collect)
    .option("--no-peers", "send every system all of its content, even what a neighbour behind the same address has")
    .option("--agents <folder>", "packages of the agent: site systems load them from this coordinator when they join")
    // Also from the environment: other local users can see arguments, and the URL may hold a password.
    .addOption(new Option("--redis <url>", "a Redis of your own, instead of the embedded one").env("REDIS_URL"))
    .option("--redis-ca <file>", "certificates that the certificate of that Redis is checked against, instead of the system's")
    .action(({ name = [], peers, ...options }: CoordinatorFlags) => runCoordinator({ ...options, names: name, noPeers: !peers }));
}
