import { useId, useState } from 'preact/hooks';
import { deleteOffsets, getOffsets, patchOffsets, setTarget, type OffsetChange, type PartitionOffset, type State } from '../api';
import { announce } from '../announce';
import { AddPartition } from '../components/add_partition';
import { Button } from '../components/button';
import { Confirm } from '../components/confirm';
import { OffsetInput } from '../components/offset_input';
import { Pager, usePages } from '../components/pager';
import { Problem } from '../components/problem';
import { Table } from '../components/table';
import { count } from '../format';
import { UNCHANGED, describe, sentFor, type Edit } from '../offset_edit';
import { useMayAct } from '../session';
import { useAction } from '../use_action';
import { useAsked } from '../use_asked';

interface Row {
  key: string; // topic-partition, as the host's messages name it
  topic: string;
  partition: number;
  offset: number | null; // null: no position yet, added here
}

const TWICE = 'Rows that are written again are twice in a history table. Records that are passed over are never written.';
const NAMED = 20; // changes that a confirmation names one by one

export function OffsetsView({ name, state }: { name: string; state: State }) {
  const mayAct = useMayAct();
  const offsets = useAsked(() => getOffsets(name), name);
  const stopping = useAction();
  const stopped = state === 'STOPPED';
  return (
    <>
      <h2>Offsets</h2>
      <p>The position of each partition: the offset of the next record that is written.</p>
      <p>
        <Button onClick={offsets.again}>Read again</Button>
      </p>
      <Problem message={offsets.problem} />
      {mayAct && !stopped && (
        <div class="note">
          <p>Positions can be changed only while the connector is stopped, on every host that runs it.</p>
          <Button off={stopping.busy} onClick={() => void stopping.run(() => stop(name))}>
            Stop {name}
          </Button>
          <Problem message={stopping.problem} />
        </div>
      )}
      {!offsets.value && offsets.problem === '' && <p>Waiting for the offsets.</p>}
      {offsets.value && <Positions name={name} known={offsets.value.offsets} mayChange={mayAct && stopped} onChanged={offsets.again} />}
    </>
  );
}

async function stop(name: string): Promise<void> {
  await setTarget(name, 'stop');
  announce(`${name}: will stop`);
}

interface PositionsProps {
  name: string;
  known: PartitionOffset[];
  mayChange: boolean;
  onChanged: () => void;
}

function Positions({ name, known, mayChange, onChanged }: PositionsProps) {
  const [edits, setEdits] = useState<Record<string, Edit>>({});
  const [added, setAdded] = useState<Row[]>([]);
  const [forAll, setForAll] = useState<Edit>(UNCHANGED);
  const [asked, setAsked] = useState<'alter' | 'reset' | null>(null);
  const [done, setDone] = useState('');
  const action = useAction();
  const id = useId();

  const rows = rowsOf(known, added);
  const pages = usePages(rows);
  const { changes, wrong } = changesOf(rows, edits);

  const finish = (message: string) => {
    setEdits({});
    setAdded([]);
    setForAll(UNCHANGED);
    setDone(message);
    announce(message);
    onChanged();
  };
  const alter = async () => finish((await patchOffsets(name, changes.map((change) => change.sent))).message);
  const reset = async () => finish((await deleteOffsets(name)).message);

  return (
    <>
      {mayChange && rows.length > 1 && (
        <div class="row">
          <label for={`${id}-all`}>All partitions:</label>
          <OffsetInput id={`${id}-all`} of="all partitions" edit={forAll} onChange={setForAll} />
          <Button off={sentFor(forAll).kind === 'wrong'} onClick={() => setEdits(Object.fromEntries(rows.map((row) => [row.key, forAll])))}>
            Fill in
          </Button>
        </div>
      )}
      {rows.length === 0 && <p>No partition has a position yet.</p>}
      {rows.length > 0 && (
        <Table
          label="Offsets of the partitions"
          caption="Each partition with its offset, and where it should go on"
          columns={['Topic', 'Partition', 'Offset', ...(mayChange ? ['Should go on at'] : [])]}
        >
          {pages.shown.map((row) => (
            <tr key={row.key}>
              <th scope="row">{row.topic}</th>
              <td class="number">{row.partition}</td>
              <td class="number">{row.offset === null ? 'none yet' : count(row.offset)}</td>
              {mayChange && (
                <td>
                  <OffsetInput
                    id={`${id}-${row.key}`}
                    of={row.key}
                    edit={edits[row.key] ?? UNCHANGED}
                    onChange={(edit) => setEdits((before) => ({ ...before, [row.key]: edit }))}
                  />
                </td>
              )}
            </tr>
          ))}
        </Table>
      )}
      <Pager of={pages} what="partitions" />

      {mayChange && (
        <>
          <p class="faint">Times are in this browser's time zone, {Intl.DateTimeFormat().resolvedOptions().timeZone}.</p>
          <AddPartition
            taken={(key) => rows.some((row) => row.key === key)}
            onAdd={(topic, partition) => setAdded((before) => [...before, { key: `${topic}-${partition}`, topic, partition, offset: null }])}
          />
          <div class="buttons">
            <Button kind="main" off={changes.length === 0 || wrong} onClick={() => setAsked('alter')}>
              Change positions ...
            </Button>
            <Button kind="danger" onClick={() => setAsked('reset')}>
              Reset all ...
            </Button>
          </div>
          <Problem message={asked === null ? action.problem : ''} />
        </>
      )}
      {mayChange && done !== '' && <p class="done">{done} Resume the connector for it to go on there.</p>}
      {asked === 'alter' && (
        <Confirm title={`Change positions of ${name}?`} label="Change" danger action={action} work={alter} onClose={() => setAsked(null)}>
          <ul>
            {changes.slice(0, NAMED).map(({ row, sent }) => (
              <li key={row.key}>
                {row.key}: from {row.offset === null ? 'no position' : count(row.offset)} to {describe(sent.offset)}
              </li>
            ))}
            {changes.length > NAMED && <li>and {count(changes.length - NAMED)} more</li>}
          </ul>
          <p>All of them change, or none. {TWICE}</p>
        </Confirm>
      )}
      {asked === 'reset' && (
        <Confirm title={`Reset all positions of ${name}?`} label="Reset all" danger action={action} work={reset} onClose={() => setAsked(null)}>
          <p>The positions of all partitions are forgotten; they begin at consumer.override.auto.offset.reset. {TWICE}</p>
        </Confirm>
      )}
    </>
  );
}

function rowsOf(known: PartitionOffset[], added: Row[]): Row[] {
  const rows = known.map(({ partition: { kafka_topic: topic, kafka_partition: partition }, offset }) => ({
    key: `${topic}-${partition}`,
    topic,
    partition,
    offset: offset.kafka_offset,
  }));
  // What was added here may have got a position meanwhile.
  const has = new Set(rows.map((row) => row.key));
  return [...rows, ...added.filter((row) => !has.has(row.key))];
}

function changesOf(rows: Row[], edits: Record<string, Edit>): { changes: { row: Row; sent: OffsetChange }[]; wrong: boolean } {
  const changes: { row: Row; sent: OffsetChange }[] = [];
  let wrong = false;
  for (const row of rows) {
    const sent = sentFor(edits[row.key] ?? UNCHANGED);
    if (sent.kind === 'wrong') wrong = true;
    if (sent.kind === 'offset') changes.push({ row, sent: { partition: { kafka_topic: row.topic, kafka_partition: row.partition }, offset: sent.offset } });
  }
  return { changes, wrong };
}
