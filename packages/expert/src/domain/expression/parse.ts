import type { Expression, ExpressionFault } from "./syntax.ts";

interface Token {
  text: string;
  column: number;
}

/** Words of the language: they cannot be names of facts or questions. */
const KEYWORDS = new Set(["always", "and", "or", "not", "in", "has", "lacks", "is", "empty"]);
const END = "";
/** Deeper nesting than this is a mistake, and would exhaust the stack. */
const DEEPEST = 50;

class Fault extends Error {
  readonly fault: ExpressionFault;

  constructor(fault: ExpressionFault) {
    super(fault.message);
    this.fault = fault;
  }
}

/**
 * Reads a condition: `SITE and (PAR or KID)`, `names != same`, `trigger in [reinstall, swap]`, `lost has dp`, `lost is empty`. `and` binds
 * closer than `or`, `not` closest. A word alone is a fact; a question is followed by an operator.
 */
export function parseExpression(text: string): { expression: Expression } | { fault: ExpressionFault } {
  try {
    return { expression: new Parser(tokensOf(text)).whole() };
  } catch (error) {
    if (error instanceof Fault) return { fault: error.fault };
    throw error;
  }
}

function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  for (const { 0: sign, index } of text.matchAll(/[A-Za-z][A-Za-z0-9]*|!=|[=()[\],]|\S/g)) {
    const column = index + 1;
    if (!/^([A-Za-z]|!=$|[=()[\],]$)/.test(sign))
      throw new Fault({
        column,
        message: `"${sign}" does not belong into a condition: write names, =, !=, in [...], has, lacks, and, or, not`,
      });
    tokens.push({ text: sign, column });
  }
  return [...tokens, { text: END, column: text.length + 1 }];
}

class Parser {
  private at = 0;
  private depth = 0;
  private readonly tokens: readonly Token[];

  constructor(tokens: readonly Token[]) {
    this.tokens = tokens;
  }

  whole(): Expression {
    const expression = this.anyOf();
    const { text, column } = this.peek();
    if (text !== END) throw new Fault({ column, message: `"${text}" is too much here: write "and" or "or" before it, or leave it out` });
    return expression;
  }

  private anyOf(): Expression {
    return this.chain("or", "any", () => this.chain("and", "all", () => this.single()));
  }

  private chain(word: string, kind: "any" | "all", part: () => Expression): Expression {
    const first = part();
    const rest: Expression[] = [];
    while (this.skip(word)) rest.push(part());
    return rest.length === 0 ? first : { kind, of: [first, ...rest] };
  }

  private single(): Expression {
    const { column } = this.peek();
    if (++this.depth > DEEPEST) throw new Fault({ column, message: "this is nested too deep: make facts of its parts" });
    const expression = this.inner();
    this.depth--;
    return expression;
  }

  private inner(): Expression {
    if (this.skip("not")) return { kind: "not", of: this.single() };
    if (this.skip("always")) return { kind: "always" };
    if (this.skip("(")) {
      const inner = this.anyOf();
      this.expect(")", "close the bracket here");
      return inner;
    }
    const { text, column } = this.word("the name of a fact or a question");
    return this.atom(text, column);
  }

  private atom(question: string, column: number): Expression {
    if (this.skip("=")) return { kind: "in", question, values: [this.value()], column };
    if (this.skip("!=")) return { kind: "notIn", question, values: [this.value()], column };
    if (this.skip("in")) return { kind: "in", question, values: this.values(), column };
    if (this.skip("has")) return { kind: "has", question, value: this.value(), column };
    if (this.skip("lacks")) return { kind: "lacks", question, value: this.value(), column };
    if (this.skip("not")) {
      this.expect("in", `write "${question} not in [...]"`);
      return { kind: "notIn", question, values: this.values(), column };
    }
    if (this.skip("is")) {
      this.expect("empty", `write "${question} is empty"`);
      return { kind: "empty", question, column };
    }
    return { kind: "fact", name: question, column };
  }

  private values(): string[] {
    this.expect("[", "write the values as [first, second]");
    const values = [this.value()];
    while (this.skip(",")) values.push(this.value());
    this.expect("]", "close the list with ]");
    return values;
  }

  private value(): string {
    return this.word("a value of the question").text;
  }

  private word(wanted: string): Token {
    const token = this.peek();
    if (!/^[A-Za-z]/.test(token.text) || KEYWORDS.has(token.text))
      throw new Fault({
        column: token.column,
        message: `${token.text === END ? "the condition ends here" : `"${token.text}" stands here`}: write ${wanted}`,
      });
    this.at++;
    return token;
  }

  private expect(text: string, message: string): void {
    const { text: found, column } = this.peek();
    if (!this.skip(text))
      throw new Fault({ column, message: `${found === END ? "the condition ends here" : `"${found}" stands here`}: ${message}` });
  }

  private skip(text: string): boolean {
    if (this.peek().text !== text) return false;
    this.at++;
    return true;
  }

  private peek(): Token {
    return this.tokens[this.at] ?? { text: END, column: 1 };
  }
}
