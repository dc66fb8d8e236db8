import { useId, useState } from 'preact/hooks';
import { getDetail, getHistory, type SeenConnector, type Span } from '../api';
import { FailureTable } from '../components/failure_table';
import { Figures } from '../components/figures';
import { HistoryCharts } from '../components/history_charts';
import { PartitionTable } from '../components/partition_table';
import { Problem } from '../components/problem';
import { TaskTable } from '../components/task_table';
import { useAsked } from '../use_asked';

// A point of the hours is made once a minute.
const HISTORY_MS: Record<Span, number> = { minutes: 5_000, hours: 60_000 };
const DETAIL_MS = 2_000;

export function StatusView({ connector }: { connector: SeenConnector }) {
  const { name } = connector;
  const [span, setSpan] = useState<Span>('minutes');
  const history = useAsked(() => getHistory(name, span), span, HISTORY_MS[span]);
  const detail = useAsked(() => getDetail(name), name, DETAIL_MS);
  const tasks = detail.value?.tasks;
  return (
    <>
      <h2>Now</h2>
      <Figures connector={connector} />

      <h2>History</h2>
      <SpanChoice span={span} onChange={setSpan} />
      {!history.value && history.problem === '' && <p>Waiting for the history.</p>}
      {history.value && <HistoryCharts history={history.value} span={span} />}
      <Problem message={history.problem} />

      <h2>Tasks</h2>
      <Problem message={detail.problem} />
      {tasks ? <TaskTable tasks={tasks} /> : <p>Waiting for the tasks.</p>}
      <h2>Partitions</h2>
      {tasks ? <PartitionTable tasks={tasks} /> : <p>Waiting for the partitions.</p>}
      <h2>Failures</h2>
      {tasks ? <FailureTable tasks={tasks} /> : <p>Waiting for the failures.</p>}
    </>
  );
}

function SpanChoice({ span, onChange }: { span: Span; onChange: (span: Span) => void }) {
  const id = useId();
  const choices: [Span, string][] = [
    ['minutes', 'the last 12 minutes, by the second'],
    ['hours', 'the last 12 hours, by the minute'],
  ];
  return (
    <fieldset class="choices">
      <legend>Shown are</legend>
      {choices.map(([one, text]) => (
        <span key={one}>
          <input type="radio" id={`${id}-${one}`} name={id} checked={one === span} onChange={() => onChange(one)} />
          <label for={`${id}-${one}`}>{text}</label>
        </span>
      ))}
    </fieldset>
  );
}
