import { expect, test } from "vitest";
import { createFrameBuffers } from "./frame-buffers.ts";

test("a neighbour that returns no credit uses up only its own frames, and others continue", async () => {
  const buffers = createFrameBuffers(4, 2);
  await buffers.take("SLOW");
  await buffers.take("SLOW");
  let got = false;
  const third = buffers.take("SLOW").then(() => (got = true));
  for (let frame = 0; frame < 10; frame++) buffers.giveBack(await buffers.take("GOOD"), "GOOD");
  expect(got).toBe(false);
  buffers.giveBack(Buffer.alloc(0), "SLOW");
  await third;
  expect(got).toBe(true);
});

test("streams of one neighbour wait for each other in turn", async () => {
  const buffers = createFrameBuffers(1, 1);
  const first = await buffers.take("A");
  const order: string[] = [];
  const waiting = ["B", "C"].map((name) => buffers.take(name).then((buffer) => (order.push(name), buffers.giveBack(buffer, name))));
  buffers.giveBack(first, "A");
  await Promise.all(waiting);
  expect(order).toEqual(["B", "C"]);
});
