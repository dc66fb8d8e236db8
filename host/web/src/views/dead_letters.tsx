import { useState } from 'preact/hooks';
import { getLetters, replay, type Letters, type Replay } from '../api';
import { announce } from '../announce';
import { Button } from '../components/button';
import { LetterDialog } from '../components/letter_dialog';
import { LetterTable } from '../components/letter_table';
import { Problem } from '../components/problem';
import { ReplayReport, fateCounts } from '../components/replay_report';
import { TrialDialog } from '../components/trial_dialog';
import { count } from '../format';
import { useMayAct } from '../session';
import { useAction } from '../use_action';
import { useAsked } from '../use_asked';

const FEW = 100;
const MANY = 1000; // the host lists no more

export function DeadLettersView({ name }: { name: string }) {
  const [limit, setLimit] = useState(FEW);
  const letters = useAsked(() => getLetters(name, limit), String(limit));
  return (
    <>
      <h2>Dead letters</h2>
      <p>
        <Button onClick={letters.again}>Read again</Button>
      </p>
      {/* A connector without a topic for them is no failure. */}
      {letters.status === 404 ? <p class="note">{letters.problem}</p> : <Problem message={letters.problem} />}
      {!letters.value && letters.problem === '' && <p>Reading the dead-letter topic. That takes as long as it is.</p>}
      {letters.value && <List name={name} answer={letters.value} onMore={limit === FEW ? () => setLimit(MANY) : null} onChanged={letters.again} />}
    </>
  );
}

interface ListProps {
  name: string;
  answer: Letters;
  onMore: (() => void) | null;
  onChanged: () => void;
}

// What is tried is what is replayed: these letters, none meaning all.
interface Trial {
  wanted: string[];
  report: Replay;
}

function List({ name, answer, onMore, onChanged }: ListProps) {
  const mayAct = useMayAct();
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set<string>());
  const [opened, setOpened] = useState<string | null>(null);
  const [trial, setTrial] = useState<Trial | null>(null);
  const [result, setResult] = useState<Replay | null>(null);
  const trying = useAction();
  const replaying = useAction();

  const { letters } = answer;
  // One that is not in the list any more is not replayed behind anybody's back.
  const wanted = letters.map((letter) => letter.letter).filter((letter) => selected.has(letter));
  const tryOut = async (those: string[]) => {
    const report = await replay(name, those, true);
    replaying.forget();
    setTrial({ wanted: those, report });
  };
  const replayNow = async (those: string[]) => {
    const report = await replay(name, those, false);
    setResult(report);
    setSelected(new Set<string>());
    announce(`Replay of dead letters: ${fateCounts(report)}`);
    onChanged();
  };

  return (
    <>
      <p>
        {letters.length === 0 ? `There are none in ${answer.topic}.` : `${count(letters.length)} of topic ${answer.topic}, the newest first.`}
        {answer.more && ' There are more.'}
      </p>
      {answer.more && onMore && (
        <p>
          <Button onClick={onMore}>Show up to {count(MANY)}</Button>
        </p>
      )}
      <Remarks remarks={answer.remarks} />
      {letters.length > 0 && <LetterTable letters={letters} mayAct={mayAct} selected={selected} onSelect={setSelected} onOpen={setOpened} />}
      {mayAct && letters.length > 0 && (
        <>
          <div class="buttons">
            <Button off={trying.busy || wanted.length === 0} onClick={() => void trying.run(() => tryOut(wanted))}>
              Replay the {count(wanted.length)} selected ...
            </Button>
            <Button off={trying.busy} onClick={() => void trying.run(() => tryOut([]))}>
              Replay all ...
            </Button>
          </div>
          <p class="faint">{trying.busy ? 'Trying what would happen. The logs that the records came from are read for that.' : 'First it is only tried; nothing is written without being asked.'}</p>
          <Problem message={trying.problem || (trial ? '' : replaying.problem)} />
        </>
      )}
      {result && (
        <>
          <h3>The last replay</h3>
          <ReplayReport report={result} label="What became of the letters" />
        </>
      )}
      {opened !== null && <LetterDialog connector={name} letter={opened} onClose={() => setOpened(null)} />}
      {trial && <TrialDialog report={trial.report} action={replaying} work={() => replayNow(trial.wanted)} onClose={() => setTrial(null)} />}
    </>
  );
}

function Remarks({ remarks = [] }: { remarks?: string[] }) {
  if (remarks.length === 0) return null;
  return (
    <ul class="note">
      {remarks.map((remark) => (
        <li key={remark}>{remark}</li>
      ))}
    </ul>
  );
}
