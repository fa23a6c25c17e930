import { parentPort } from "node:worker_threads";
import { SitewrightError } from "@sitewright/protocol";
import { runJob } from "./jobs/disk-jobs.ts";
import type { WorkerJob, WorkerReply } from "./disk-pool.ts";

const port = parentPort;
port?.on("message", (job: WorkerJob | "end") => {
  if (job === "end") port.close();
  else port.postMessage(work(job));
});

function work(job: WorkerJob): WorkerReply {
  const stopped = new Int32Array(job.stop);
  const check = () => {
    if (Atomics.load(stopped, 0) !== 0) throw new SitewrightError("CANCELLED", "the work on the disk was cancelled");
  };
  try {
    return { kind: "answer", answer: runJob(job.root, job.kind, job.ask, { check }) };
  } catch (error) {
    const { code, message, path } = SitewrightError.from(error);
    return { kind: "failed", code, message, path };
  }
}
