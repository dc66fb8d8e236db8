// Something that a button does: whether it goes on, and why it failed.
import { useRef, useState } from 'preact/hooks';
import { messageOf } from './api';

export interface Action {
  busy: boolean;
  problem: string;
  // Whether it succeeded. While it goes on, another one is not begun.
  run: (work: () => Promise<void>) => Promise<boolean>;
  forget: () => void;
}

export function useAction(): Action {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState('');
  // Beside the state, which a second click could see before it is drawn.
  const running = useRef(false);

  const run = async (work: () => Promise<void>): Promise<boolean> => {
    if (running.current) return false;
    running.current = true;
    setBusy(true);
    setProblem('');
    try {
      await work();
      return true;
    } catch (error) {
      setProblem(messageOf(error));
      return false;
    } finally {
      running.current = false;
      setBusy(false);
    }
  };
  return { busy, problem, run, forget: () => setProblem('') };
}
