import { useId, useState } from 'preact/hooks';
import { Problem } from './problem';

interface Props {
  taken: (key: string) => boolean;
  onAdd: (topic: string, partition: number) => void;
}

// One that has no position yet is not in the host's list, but may be given one.
export function AddPartition({ taken, onAdd }: Props) {
  const [topic, setTopic] = useState('');
  const [partition, setPartition] = useState('0');
  const [problem, setProblem] = useState('');
  const id = useId();

  const submit = (event: Event) => {
    event.preventDefault();
    const number = Number(partition);
    if (!/^\d+$/.test(partition.trim()) || number > 2_147_483_647) return setProblem('A partition is a whole number, from 0 on.');
    if (taken(`${topic.trim()}-${number}`)) return setProblem('This partition is in the list already.');
    setProblem('');
    onAdd(topic.trim(), number);
    setTopic('');
  };

  return (
    <form class="row" onSubmit={submit}>
      <label for={`${id}-topic`}>Another partition: topic</label>
      <input id={`${id}-topic`} required value={topic} onInput={(event) => setTopic(event.currentTarget.value)} />
      <label for={`${id}-partition`}>partition</label>
      <input id={`${id}-partition`} required inputmode="numeric" size={6} value={partition} onInput={(event) => setPartition(event.currentTarget.value)} />
      <button type="submit" class="button plain">
        Add to the list
      </button>
      <Problem message={problem} />
    </form>
  );
}
