import {
  nextQuestion,
  spokenAnswer,
  stillAsked,
  type Answers,
  type Contradiction,
  type Knowledge,
  type Question,
  type Speech,
  type Word,
} from "@sitewright/expert";

/** The source of the answers: a person at a terminal, or a test. */
export interface Person {
  say(text: string): void;
  /** The line typed after a prompt. */
  ask(prompt: string): Promise<string>;
}

const BACK = "back";
const PROMPTS: Record<Question["kind"], Word> = { one: "askOne", set: "askSet", number: "askNumber", site: "askSite" };

/** Asks the questions one by one, each with its reason, until all relevant ones are answered and no answers exclude each other. */
export async function interview(knowledge: Knowledge, speech: Speech, person: Person): Promise<Answers> {
  let answers: Answers = new Map();
  let order: readonly string[] = [];
  const forget = (question: string): void => {
    order = order.filter((id) => id !== question);
    answers = new Map([...answers].filter(([id]) => id !== question));
  };
  person.say(`(${speech.word("askNote")})`);
  for (let next = nextQuestion(knowledge, answers); next; next = nextQuestion(knowledge, answers)) {
    if ("contradiction" in next) {
      forget(await chooseAgain(next.contradiction, answers, { speech, person }));
      continue;
    }
    const { question } = next;
    person.say(questionText(question, speech));
    const typed = await person.ask(`${speech.word(PROMPTS[question.kind])}: `);
    const before = order.at(-1);
    if (typed.trim() === BACK && before !== undefined) {
      forget(before);
      continue;
    }
    const answer = spokenAnswer(question, typed);
    if (answer === undefined) {
      person.say(speech.word("notUnderstood"));
      continue;
    }
    // A changed answer may have made others irrelevant.
    answers = stillAsked(knowledge, new Map(answers).set(question.id, answer));
    const asked = answers;
    order = [...order, question.id].filter((id) => asked.has(id));
  }
  return new Map(knowledge.questions.flatMap(({ id }) => (answers.has(id) ? [[id, answers.get(id) ?? ""] as const] : [])));
}

function questionText({ id, values }: Question, speech: Speech): string {
  const choices = values.map((value, index) => `  ${String(index + 1).padStart(2)}  ${speech.answer(id, value)} (${value})`);
  return ["", speech.text(`questions.${id}.ask`), `  ${speech.text(`questions.${id}.why`)}`, ...choices].join("\n");
}

async function chooseAgain(
  { code, questions }: Contradiction,
  answers: Answers,
  { speech, person }: { speech: Speech; person: Person },
): Promise<string> {
  const choices = questions.map(
    (id, index) => `  ${index + 1}  ${speech.text(`questions.${id}.ask`)} ${speech.answer(id, answers.get(id))}`,
  );
  person.say(["", `${speech.word("excludes")}: ${speech.text(`contradictions.${code}`)}`, ...choices].join("\n"));
  for (;;) {
    const typed = (await person.ask(`${speech.word("whichAgain")} `)).trim();
    const chosen = questions.find((id, index) => typed === id || typed === String(index + 1));
    if (chosen !== undefined) return chosen;
    person.say(speech.word("notUnderstood"));
  }
}
