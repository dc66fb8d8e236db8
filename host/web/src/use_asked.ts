// Something that the host is asked for, once or again and again.
import { useEffect, useState } from 'preact/hooks';
import { ApiError, messageOf } from './api';

export interface Asked<T> {
  value: T | undefined; // the last that came; it stays when a later request fails
  problem: string;      // why the last request failed; empty: it did not
  status: number;       // of that failure
  again: () => void;
}

interface Answer<T> {
  key: string;
  value: T | undefined;
  problem: string;
  status: number;
}

// `key` names what is asked for: another key is another question. `everyMs` of 0: once.
export function useAsked<T>(ask: () => Promise<T>, key: string, everyMs = 0): Asked<T> {
  const [answer, setAnswer] = useState<Answer<T>>({ key, value: undefined, problem: '', status: 0 });
  const [round, setRound] = useState(0);

  useEffect(() => {
    let gone = false;
    let timer: number | undefined;
    const go = async () => {
      try {
        const value = await ask();
        if (!gone) setAnswer({ key, value, problem: '', status: 0 });
      } catch (error) {
        const status = error instanceof ApiError ? error.status : 0;
        if (!gone) setAnswer((before) => ({ key, value: before.key === key ? before.value : undefined, problem: messageOf(error), status }));
      }
      // After the answer, not beside it: a host that is slow is not asked faster.
      if (!gone && everyMs > 0) timer = window.setTimeout(go, everyMs);
    };
    void go();
    return () => {
      gone = true;
      window.clearTimeout(timer);
    };
  }, [key, round, everyMs]);

  const again = () => setRound((before) => before + 1);
  // The answer to another question is none to this one.
  return answer.key === key ? { value: answer.value, problem: answer.problem, status: answer.status, again } : { value: undefined, problem: '', status: 0, again };
}
