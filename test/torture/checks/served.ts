/** Content streams that a coordinator began while it stood by, as its log says. @param log Of all its starts. */
export function servedStreams(log: string): number {
  let standsBy = false;
  let served = 0;
  for (const line of log.split("\n")) {
    if (line.includes("this coordinator stands by")) standsBy = true;
    else if (line.includes("this coordinator leads from now on") || line.includes("the coordinator listens")) standsBy = false;
    else if (standsBy && line.includes("a content stream begins")) served += 1;
  }
  return served;
}
