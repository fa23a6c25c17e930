/** A message of several lines: what others wrote into it cannot look like a line of ours. */
export function continued(message: string): string {
  return message.replaceAll(/\s*\n/g, "\n    ");
}
