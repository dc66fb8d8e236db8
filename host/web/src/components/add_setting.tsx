import { useId, useState } from 'preact/hooks';
import type { Setting } from '../api';
import { Problem } from './problem';
import { SettingDoc } from './setting_doc';

interface Props {
  known: Setting[]; // those that could be added
  taken: (key: string) => boolean;
  onAdd: (key: string) => void;
}

export function AddSetting({ known, taken, onAdd }: Props) {
  const [typed, setTyped] = useState('');
  const [problem, setProblem] = useState('');
  const id = useId();
  const key = typed.trim();
  const setting = known.find((one) => one.name === key);

  const submit = (event: Event) => {
    event.preventDefault();
    if (key === '') return;
    if (taken(key)) return setProblem(`${key} is there already.`);
    setProblem('');
    setTyped('');
    onAdd(key);
  };

  return (
    <form class="row" onSubmit={submit}>
      <label for={id}>Another setting</label>
      <input id={id} autocomplete="off" spellcheck={false} list={`${id}-known`} value={typed} onInput={(event) => setTyped(event.currentTarget.value)} />
      <datalist id={`${id}-known`}>
        {known.map((one) => (
          <option key={one.name} value={one.name} />
        ))}
      </datalist>
      <button type="submit" class="button plain">
        Add
      </button>
      <Problem message={problem} />
      {setting && (
        <div class="about">
          <SettingDoc setting={setting} />
        </div>
      )}
    </form>
  );
}
