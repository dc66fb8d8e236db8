import type { Replay } from '../api';
import { count } from '../format';
import type { Action } from '../use_action';
import { Button } from './button';
import { Dialog } from './dialog';
import { Problem } from './problem';
import { ReplayReport } from './replay_report';

interface Props {
  report: Replay; // of the dry run
  action: Action;
  work: () => Promise<void>;
  onClose: () => void;
}

const WOULD = 'would be replayed'; // the host's word for it

// What a replay would do, and the question whether to do it.
export function TrialDialog({ report, action, work, onClose }: Props) {
  const would = report.letters.filter((letter) => letter.fate === WOULD).length;
  const go = async () => {
    if (await action.run(work)) onClose();
  };
  return (
    <Dialog
      title={would > 0 ? `Replay ${count(would)} dead letters?` : 'There is nothing to replay'}
      wide
      closeLabel={would > 0 ? 'Cancel' : 'Close'}
      onClose={onClose}
      actions={
        would > 0 && (
          <Button kind="main" off={action.busy} onClick={() => void go()}>
            Replay now
          </Button>
        )
      }
    >
      <p>Nothing has been written yet; this is what would become of each letter.</p>
      <ReplayReport report={report} label="What would become of the letters" />
      {would > 0 && <p>Each record is written once, however often it is in the topic and however often this is done.</p>}
      {action.busy && <p>Replaying. This can take a while.</p>}
      <Problem message={action.problem} />
    </Dialog>
  );
}
