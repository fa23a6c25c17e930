import { Option, type Command } from "commander";
import { collect } from "../selection-options.ts";
import { DEFAULT_DATA_DIR } from "../connect.ts";

interface CoordinatorFlags {
  siteData: string;
  dataDir: string;
  listen: string;
  redis?: string;
  name?: string[];
  peers: boolean;
}

export function addCoordinator(program: Command): void {
  program
    .command("coordinator")
    .description("run the coordinator on the site server")
    .requiredOption("--site-data <folder>", "the site server's data")
    .option("--data-dir <folder>", "where it keeps its keys, manifests and runs", process.env.SITEWRIGHT_DATA_DIR ?? DEFAULT_DATA_DIR)
    .option("--listen <host:port>", "address of its endpoint; beyond loopback it speaks TLS only", "127.0.0.1:7400")
    .option("--name <host>", "another name under which agents and operators reach it (repeatable)", collect)
    .option("--no-peers", "send every system all of its content, also what a neighbour behind the same address has")
    // From the environment, because arguments and help texts are read by others: the address may hold a password.
    .addOption(new Option("--redis <url>", "a Redis of your own, instead of the embedded one").env("REDIS_URL"))
    .action(async ({ name = [], peers, ...options }: CoordinatorFlags) => {
      // Only now: the other verbs need none of what a coordinator is made of, and start in a fraction of the time.
      // oxlint-disable-next-line no-restricted-imports -- this verb is the coordinator itself, not a client of it
      const { runCoordinator } = await import("../../main.ts");
      await runCoordinator({ ...options, names: name, noPeers: !peers });
    });
}
