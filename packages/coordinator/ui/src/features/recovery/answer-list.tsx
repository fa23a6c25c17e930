import type { Recovery } from "@sitewright/protocol/api";

/** One to a line: there are some twenty. */
export function AnswerList({ answers }: { answers: Recovery["answersInWords"] }) {
  return (
    <dl class="recovery-answers">
      {answers.map(({ question, answer }) => (
        <div key={question}>
          <dt class="muted">{question}</dt> <dd>{answer}</dd>
        </div>
      ))}
    </dl>
  );
}
