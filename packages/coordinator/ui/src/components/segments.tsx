export interface SegmentsProps<Value extends string> {
  legend: string;
  /** Of the group of radio buttons. */
  name: string;
  options: readonly { value: Value; name: string }[];
  counts: Readonly<Record<Value, number>> | undefined;
  value: Value;
  choose: (value: Value) => void;
}

/** One choice of a few, each with how many items it has. */
export function Segments<Value extends string>({ legend, name, options, counts, value, choose }: SegmentsProps<Value>) {
  return (
    <fieldset class="segments">
      <legend class="unseen">{legend}</legend>
      {options.map((option) => (
        <label key={option.value}>
          <input type="radio" name={name} value={option.value} checked={value === option.value} onChange={() => choose(option.value)} />
          <span>
            {option.name} <span class="count">{counts?.[option.value].toLocaleString("en") ?? ""}</span>
          </span>
        </label>
      ))}
    </fieldset>
  );
}
