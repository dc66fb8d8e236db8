import { useId } from 'preact/hooks';
import type { Setting } from '../api';
import { MASK, type Row } from '../config_rows';
import { Button } from './button';
import { SettingDoc } from './setting_doc';

interface Props {
  row: Row;
  setting: Setting | undefined; // nothing: the host does not know it
  choices: string[];
  errors: string[];
  mayChange: boolean;
  onChange: (value: string) => void;
  onRemove: () => void;
}

export function SettingRow({ row, setting, choices, errors, mayChange, onChange, onRemove }: Props) {
  const id = useId();
  // The name is the connector's and stays. Without a class there is no connector.
  const fixed = row.key === 'name';
  const removable = mayChange && !fixed && row.key !== 'connector.class';
  const wrong = errors.length > 0;
  const field = {
    id,
    value: row.value,
    spellcheck: false,
    readOnly: !mayChange || fixed,
    'aria-invalid': wrong,
    'aria-describedby': wrong ? `${id}-doc ${id}-errors` : `${id}-doc`,
  };
  return (
    <div class="setting">
      <label for={id}>{row.key}</label>
      {row.long ? (
        <textarea {...field} rows={6} onInput={(event) => onChange(event.currentTarget.value)} />
      ) : (
        <input
          {...field}
          type={hides(setting, row.value) ? 'password' : 'text'}
          autocomplete="off"
          list={choices.length > 0 ? `${id}-choices` : undefined}
          onInput={(event) => onChange(event.currentTarget.value)}
        />
      )}
      {choices.length > 0 && !row.long && (
        <datalist id={`${id}-choices`}>
          {choices.map((choice) => (
            <option key={choice} value={choice} />
          ))}
        </datalist>
      )}
      {removable && (
        <Button label={`Remove ${row.key}`} onClick={onRemove}>
          Remove
        </Button>
      )}
      <div class="about" id={`${id}-doc`}>
        {setting ? <SettingDoc setting={setting} /> : <p class="faint">The host has no description of this setting.</p>}
        {row.value === MASK && <p class="faint">A secret that is not shown. It stays as it is unless another value is written.</p>}
      </div>
      {wrong && (
        <ul class="problem" id={`${id}-errors`}>
          {errors.map((error) => (
            <li key={error}>{error}</li>
          ))}
        </ul>
      )}
    </div>
  );
}

// A reference to a secret is none, and a person wants to read it.
function hides(setting: Setting | undefined, value: string): boolean {
  return setting?.type === 'PASSWORD' && value !== MASK && !value.includes('${');
}
