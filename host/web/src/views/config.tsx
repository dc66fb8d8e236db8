import { useMemo, useRef, useState } from 'preact/hooks';
import { getConfig, getSettings, putConfig, type Config, type Setting, type Validation } from '../api';
import { announce } from '../announce';
import { AddSetting } from '../components/add_setting';
import { Button } from '../components/button';
import { Problem } from '../components/problem';
import { SettingRow } from '../components/setting_row';
import { MASK, configOf, rowsOf, type Row } from '../config_rows';
import { useMayAct } from '../session';
import { useAction } from '../use_action';
import { useAsked } from '../use_asked';
import { useValidation } from '../use_validation';

export function ConfigView({ name }: { name: string }) {
  const config = useAsked(() => getConfig(name), name);
  return (
    <>
      {!config.value && <h2>Configuration</h2>}
      {!config.value && config.problem === '' && <p>Waiting for the configuration.</p>}
      <Problem message={config.problem} />
      {config.value && <ConfigForm name={name} initial={config.value} />}
    </>
  );
}

function ConfigForm({ name, initial }: { name: string; initial: Config }) {
  const mayAct = useMayAct();
  const [saved, setSaved] = useState(initial);
  const [rows, setRows] = useState<Row[]>(() => rowsOf(initial));
  const [done, setDone] = useState(false);
  const heading = useRef<HTMLHeadingElement>(null);
  const action = useAction();

  const config = useMemo(() => configOf(rows), [rows]);
  const plugin = saved['connector.class'] ?? '';
  const described = useAsked(() => getSettings(plugin), plugin);
  const opinion = useValidation(plugin, config, mayAct);
  const settings = settingsOf(described.value ?? [], opinion.validation);
  const errors = errorsOf(opinion.validation, config, saved);
  const missing = [...errors].filter(([key]) => !Object.hasOwn(config, key));

  const change = (next: Row[]) => {
    setRows(next);
    setDone(false);
  };
  const add = (key: string) => {
    change([...rows, { key, value: settings.get(key)?.default_value ?? '', long: false }]);
    announce(`${key} is the last of the settings now.`);
  };
  const remove = (key: string) => {
    change(rows.filter((row) => row.key !== key));
    announce(`${key} is removed from the form.`);
    // The button that was pressed goes with its row.
    heading.current?.focus();
  };
  const save = async () => {
    const answer = await putConfig(name, config);
    setSaved(answer.config);
    setRows(rowsOf(answer.config));
    setDone(true);
    announce('The configuration is saved.');
  };

  return (
    <>
      <h2 ref={heading} tabIndex={-1}>
        Configuration
      </h2>
      <Problem message={described.problem} />
      {missing.length > 0 && (
        <ul class="problem">
          {missing.map(([key, texts]) => (
            <li key={key}>
              {key}: {texts.join(' ')}{' '}
              <Button label={`Add ${key}`} onClick={() => add(key)}>
                Add
              </Button>
            </li>
          ))}
        </ul>
      )}
      {rows.map((row) => (
        <SettingRow
          key={row.key}
          row={row}
          setting={settings.get(row.key)}
          choices={choicesOf(opinion.validation, row.key)}
          errors={errors.get(row.key) ?? []}
          mayChange={mayAct}
          onChange={(value) => change(rows.map((one) => (one.key === row.key ? { ...one, value } : one)))}
          onRemove={() => remove(row.key)}
        />
      ))}
      {mayAct && (
        <>
          <AddSetting
            known={[...settings.values()].filter((setting) => !Object.hasOwn(config, setting.name))}
            taken={(key) => Object.hasOwn(config, key)}
            onAdd={add}
          />
          <p role="status">{verdict(opinion.validation, errors.size)}</p>
          <Problem message={opinion.problem} />
          <div class="buttons">
            <Button kind="main" off={action.busy} onClick={() => void action.run(save)}>
              Save
            </Button>
            <Button off={action.busy} onClick={() => change(rowsOf(saved))}>
              Back to what is saved
            </Button>
          </div>
          <p class="faint">Saving starts the tasks again with the new settings.</p>
          <Problem message={action.problem} />
          {done && <p class="done">Saved.</p>}
        </>
      )}
    </>
  );
}

// What the configuration brings into being by naming a class, a transform's settings for instance, only validate knows.
function settingsOf(described: Setting[], validation: Validation | null): Map<string, Setting> {
  const settings = new Map<string, Setting>();
  for (const setting of described) settings.set(setting.name, setting);
  for (const { definition } of validation?.configs ?? []) if (definition) settings.set(definition.name, definition);
  return settings;
}

// Not of a secret that is not shown and was not touched: the host judged the stars, and keeps the secret.
function errorsOf(validation: Validation | null, config: Config, saved: Config): Map<string, string[]> {
  const errors = new Map<string, string[]>();
  for (const { value } of validation?.configs ?? []) {
    const untouched = config[value.name] === MASK && saved[value.name] === MASK;
    if (value.errors.length > 0 && !untouched) errors.set(value.name, value.errors);
  }
  return errors;
}

function choicesOf(validation: Validation | null, key: string): string[] {
  return validation?.configs.find(({ value }) => value.name === key)?.value.recommended_values ?? [];
}

function verdict(validation: Validation | null, errors: number): string {
  if (!validation) return '';
  if (errors === 0) return 'sluice would take this configuration.';
  return errors === 1 ? 'One setting has an error.' : `${errors} settings have errors.`;
}
