import type { ComponentChildren } from 'preact';
import type { Action } from '../use_action';
import { Button } from './button';
import { Dialog } from './dialog';
import { Problem } from './problem';

interface Props {
  title: string;
  label: string; // of the button that does it
  danger?: boolean;
  action: Action;
  work: () => Promise<void>;
  onClose: () => void; // it is done, or was thought better of
  children: ComponentChildren;
}

export function Confirm({ title, label, danger = false, action, work, onClose, children }: Props) {
  const go = async () => {
    if (await action.run(work)) onClose();
  };
  const leave = () => {
    action.forget();
    onClose();
  };
  return (
    <Dialog
      title={title}
      closeLabel="Cancel"
      onClose={leave}
      actions={
        <Button kind={danger ? 'danger' : 'main'} off={action.busy} onClick={go}>
          {label}
        </Button>
      }
    >
      {children}
      <Problem message={action.problem} />
    </Dialog>
  );
}
