import { useId, useState } from 'preact/hooks';
import { getPlugins, getSettings, type Plugin, type Setting } from '../api';
import { Problem } from '../components/problem';
import { SettingDoc } from '../components/setting_doc';
import { count } from '../format';
import { useAsked } from '../use_asked';

export function PluginsView() {
  const plugins = useAsked(getPlugins, 'plugins');
  const [typed, setTyped] = useState('');
  const id = useId();
  return (
    <>
      <h1>Plugins</h1>
      <form class="row" role="search" onSubmit={(event) => event.preventDefault()}>
        <label for={id}>Search the settings</label>
        <input id={id} type="search" value={typed} onInput={(event) => setTyped(event.currentTarget.value)} />
      </form>
      <Problem message={plugins.problem} />
      {!plugins.value && plugins.problem === '' && <p>Waiting for the plugins.</p>}
      {plugins.value?.length === 0 && <p>No plugin was found in plugin.path.</p>}
      {plugins.value?.map((plugin) => (
        <PluginPart key={`${plugin.type} ${plugin.class} ${plugin.version}`} plugin={plugin} wanted={typed.trim().toLowerCase()} />
      ))}
    </>
  );
}

function PluginPart({ plugin, wanted }: { plugin: Plugin; wanted: string }) {
  const settings = useAsked(() => getSettings(plugin.class), plugin.class);
  const found = (settings.value ?? []).filter((setting) => fits(setting, wanted));
  return (
    <section class="plugin">
      <h2>{plugin.class}</h2>
      <p class="faint">
        {plugin.type}, version {plugin.version}
      </p>
      <Problem message={settings.problem} />
      {!settings.value && settings.problem === '' && <p>Waiting for its settings.</p>}
      {settings.value && (
        <details open={wanted !== '' && found.length > 0}>
          <summary>
            {wanted === '' ? `${count(found.length)} settings` : `${count(found.length)} of ${count(settings.value.length)} settings fit`} of {plugin.class}
          </summary>
          {grouped(found).map(([group, members]) => (
            <Group key={group} name={group} settings={members} />
          ))}
        </details>
      )}
    </section>
  );
}

function Group({ name, settings }: { name: string; settings: Setting[] }) {
  return (
    <>
      <h3>{name}</h3>
      <dl class="settings">
        {settings.map((setting) => (
          <div key={setting.name}>
            <dt>{setting.name}</dt>
            <dd>
              <SettingDoc setting={setting} />
            </dd>
          </div>
        ))}
      </dl>
    </>
  );
}

function fits(setting: Setting, wanted: string): boolean {
  return setting.name.toLowerCase().includes(wanted) || setting.documentation.toLowerCase().includes(wanted);
}

// Groups and their settings in the order of the plugin's table.
function grouped(settings: Setting[]): [string, Setting[]][] {
  const groups = new Map<string, Setting[]>();
  for (const setting of settings) {
    const name = setting.group ?? 'General';
    const members = groups.get(name);
    if (members) members.push(setting);
    else groups.set(name, [setting]);
  }
  return [...groups];
}
