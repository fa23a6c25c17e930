import type { Command } from "commander";
import { addAccept } from "./accept.ts";
import { addReading } from "./read.ts";
import { addReceipt } from "./receipt.ts";
import type { MediaTools } from "./tools.ts";
import { addWriting } from "./write.ts";

const NOTE = `
All verbs but accept and receipt run on the coordinator's own machine, as its account. An agent without a line imports what they write with
'sitewright-agent import', and gives back a receipt.`;

/** media: tools, tasks and content for systems without a line, on removable media. */
export function addMedia(program: Command, tools: MediaTools): void {
  const media = program.command("media").description("content for systems without a line, on removable media").addHelpText("after", NOTE);
  addWriting(media, tools);
  addReading(media, tools);
  addAccept(media);
  addReceipt(media);
}
