/**
 * Characters that control a terminal, reverse its text or are invisible: control characters except line feed and tab, formats, separators,
 * lone surrogates.
 */
const STEERING = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;
const BREAKS = /[\n\t]/g;

/**
 * A text for a terminal or a log: names of files and messages of other parties cannot control the terminal. JSON stays JSON with the same
 * meaning. To be used where a text is written out.
 */
export function terminalText(text: string): string {
  return text.replaceAll(STEERING, escaped);
}

/** The same for text that has to stay in its line, such as a cell of a table or a name in a sentence. */
export function terminalLine(text: string): string {
  return terminalText(text).replaceAll(BREAKS, (sign) => (sign === "\n" ? "\\n" : "\\t"));
}

/** Each UTF-16 code unit on its own, as JSON writes it: `\u202e`. */
function escaped(sign: string): string {
  return Array.from({ length: sign.length }, (_, i) => `\\u${sign.charCodeAt(i).toString(16).padStart(4, "0")}`).join("");
}
