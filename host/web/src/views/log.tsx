import { useId, useState } from 'preact/hooks';
import { getLog, type LogLevel, type LogLine } from '../api';
import { Problem } from '../components/problem';
import { Table } from '../components/table';
import { dateTime } from '../format';
import { useMayAct } from '../session';
import { useAsked } from '../use_asked';

const EVERY_MS = 2_000;
const LEVELS: [LogLevel, string][] = [
  ['trace', 'everything that is logged'],
  ['warn', 'warnings and errors'],
  ['error', 'errors'],
];

// What the host has logged about one connector, the newest first.
export function LogView({ name }: { name: string }) {
  const mayAct = useMayAct();
  if (!mayAct) return <p>The log is shown to admins only: parts of records can be in it.</p>;
  return <Log name={name} />;
}

function Log({ name }: { name: string }) {
  const [level, setLevel] = useState<LogLevel>('trace');
  const id = useId();
  const log = useAsked(() => getLog(name, level), level, EVERY_MS);
  const lines = log.value?.lines;
  return (
    <>
      <h2>Log</h2>
      <p class="choices">
        <label for={id}>Shown are </label>
        <select id={id} value={level} onChange={(event) => setLevel(event.currentTarget.value as LogLevel)}>
          {LEVELS.map(([one, text]) => (
            <option key={one} value={one}>
              {text}
            </option>
          ))}
        </select>
      </p>
      <Problem message={log.problem} />
      {!lines && log.problem === '' && <p>Waiting for the log.</p>}
      {lines && lines.length === 0 && <p>Nothing of it is among the newest lines of the host.</p>}
      {lines && lines.length > 0 && <Lines lines={lines} />}
    </>
  );
}

function Lines({ lines }: { lines: LogLine[] }) {
  return (
    <Table label="Log" caption="Lines of the log, the newest first" columns={['Time', 'Level', 'Task', 'Message']}>
      {[...lines].reverse().map((line) => (
        <tr key={line.number}>
          <th scope="row">{dateTime(line.time_ms)}</th>
          <td>{line.level}</td>
          <td>{line.task ?? 'all'}</td>
          <td>{line.message}</td>
        </tr>
      ))}
    </Table>
  );
}
