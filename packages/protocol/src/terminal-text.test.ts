import { expect, test } from "vitest";
import { terminalLine, terminalText } from "./terminal-text.ts";

test("control characters, escape sequences and bidirectional controls are shown and have no effect", () => {
  expect(terminalText("a\u001b[2Jb\u0007\rc\u009b31m\u007f")).toBe("a\\u001b[2Jb\\u0007\\u000dc\\u009b31m\\u007f");
  expect(terminalText("exe.\u202ecod\u2066x\u200b\ufeff\u2028")).toBe("exe.\\u202ecod\\u2066x\\u200b\\ufeff\\u2028");
  expect(terminalText("\ud800 \u{e0041}")).toBe("\\ud800 \\udb40\\udc41");
});

test("line feeds, tabs and all scripts are unchanged", () => {
  const text = "Größe\t東京 🙂 Ω שלום\nالعربية █░ ·";
  expect(terminalText(text)).toBe(text);
});

test("text for one line stays in its line", () => {
  expect(terminalLine("a\nsitewright: all is well\tb")).toBe("a\\nsitewright: all is well\\tb");
});

test("JSON stays JSON with the same meaning", () => {
  const value = { name: "a\u009b\u202e\n\u{e0041}\u001b" };
  const shown = terminalText(JSON.stringify(value));
  expect(shown).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202e]/);
  expect(JSON.parse(shown)).toEqual(value);
});
