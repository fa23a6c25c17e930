/** One to a line: there are some twenty. */
export function AnswerList({ answers }: { answers: readonly string[] }) {
  return (
    <ul class="recovery-answers muted">
      {answers.map((answer) => (
        <li key={answer}>{answer}</li>
      ))}
    </ul>
  );
}
