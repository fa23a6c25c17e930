/** A message of several lines: text of other parties in it cannot imitate a line of the program. */
export function continued(message: string): string {
  return message.replaceAll(/\s*\n/g, "\n    ");
}
