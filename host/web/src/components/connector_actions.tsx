import { useState } from 'preact/hooks';
import { restart, setTarget, type SeenConnector, type Target } from '../api';
import { announce } from '../announce';
import { useAction } from '../use_action';
import { Button } from './button';
import { Confirm } from './confirm';
import { Problem } from './problem';

// Pause, resume, stop and restart, each by Connect's own request. What interrupts the work of all tasks is asked about first.
export function ConnectorActions({ connector }: { connector: SeenConnector }) {
  const { name, state, tasks } = connector;
  const [asked, setAsked] = useState<'stop' | 'restart' | null>(null);
  const action = useAction();
  const confirmed = useAction();

  const turn = async (target: Target, done: string) => {
    await setTarget(name, target);
    announce(`${name}: ${done}`);
  };
  const startAgain = async (onlyFailed: boolean) => {
    await restart(name, onlyFailed);
    announce(`${name}: ${onlyFailed ? 'the failed tasks are' : 'all tasks are'} started again`);
  };
  const failed = state === 'FAILED' || tasks.some((task) => task.state === 'FAILED');

  return (
    <div class="actions">
      <div class="buttons" role="group" aria-label={`What ${name} should do`}>
        <Button off={action.busy || state === 'PAUSED' || state === 'STOPPED'} onClick={() => void action.run(() => turn('pause', 'will pause'))}>
          Pause
        </Button>
        <Button off={action.busy || (state !== 'PAUSED' && state !== 'STOPPED')} onClick={() => void action.run(() => turn('resume', 'will go on'))}>
          Resume
        </Button>
        <Button off={state === 'STOPPED'} onClick={() => setAsked('stop')}>
          Stop ...
        </Button>
        <Button off={action.busy || !failed} onClick={() => void action.run(() => startAgain(true))}>
          Restart failed tasks
        </Button>
        <Button off={state === 'STOPPED'} onClick={() => setAsked('restart')}>
          Restart all ...
        </Button>
      </div>
      {/* Of a dialog too that was closed before the answer came. */}
      <Problem message={action.problem || (asked === null ? confirmed.problem : '')} />
      {asked === 'stop' && (
        <Confirm
          title={`Stop ${name}?`}
          label="Stop"
          danger
          action={confirmed}
          work={() => turn('stop', 'will stop')}
          onClose={() => setAsked(null)}
        >
          <p>
            Its tasks end and it writes nothing until it is resumed. Its position is kept, and it goes on there. Other hosts that run the same connector are
            not stopped by this one.
          </p>
        </Confirm>
      )}
      {asked === 'restart' && (
        <Confirm
          title={`Restart ${name}?`}
          label="Restart all"
          danger
          action={confirmed}
          work={() => startAgain(false)}
          onClose={() => setAsked(null)}
        >
          <p>All of its tasks end and are started again, those too that work well. Each goes on at its position; nothing is lost or written twice by it.</p>
        </Confirm>
      )}
    </div>
  );
}
