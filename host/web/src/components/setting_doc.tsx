import type { Setting } from '../api';

// What an option is for, as its plugin's table says.
export function SettingDoc({ setting }: { setting: Setting }) {
  return (
    <>
      {setting.documentation !== '' && <p class="doc">{setting.documentation}</p>}
      <p class="faint">
        {setting.type.toLowerCase()}, {setting.required ? 'required' : defaultOf(setting)}, importance {setting.importance.toLowerCase()}
      </p>
    </>
  );
}

function defaultOf({ default_value: value }: Setting): string {
  if (value === null) return 'no default';
  return value === '' ? 'empty by default' : `default ${value}`;
}
