import { WAYS, sentFor, type Edit, type Way } from '../offset_edit';

interface Props {
  id: string;
  of: string; // the partition, for those who do not see the row
  edit: Edit;
  onChange: (edit: Edit) => void;
}

// One choice, and a field where the choice needs one.
export function OffsetInput({ id, of, edit, onChange }: Props) {
  const sent = sentFor(edit);
  const why = sent.kind === 'wrong' ? sent.why : '';
  const typed = edit.way === 'offset' ? edit.offset : edit.time;
  return (
    <span class="offset-input">
      <select id={id} aria-label={`Where ${of} should go on`} value={edit.way} onChange={(event) => onChange({ ...edit, way: event.currentTarget.value as Way })}>
        {WAYS.map(([way, text]) => (
          <option key={way} value={way}>
            {text}
          </option>
        ))}
      </select>
      {edit.way === 'offset' && (
        <input
          aria-label={`Offset of ${of}`}
          inputmode="numeric"
          size={14}
          aria-invalid={why !== '' && typed !== ''}
          value={edit.offset}
          onInput={(event) => onChange({ ...edit, offset: event.currentTarget.value })}
        />
      )}
      {edit.way === 'time' && (
        <input
          aria-label={`Time of ${of}`}
          type="datetime-local"
          step={1}
          value={edit.time}
          onInput={(event) => onChange({ ...edit, time: event.currentTarget.value })}
        />
      )}
      {why !== '' && typed !== '' && <span class="problem">{why}</span>}
    </span>
  );
}
