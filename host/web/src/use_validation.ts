// What the host thinks of a configuration while it is being typed.
import { useEffect, useState } from 'preact/hooks';
import { messageOf, validate, type Config, type Validation } from './api';

const PAUSE_MS = 400; // of typing, before it is asked

export interface Opinion {
  validation: Validation | null; // the last that came
  problem: string;               // why there is none of what stands there now
}

// `plugin` is asked where the configuration does not name a class, so that the host can say that it should.
export function useValidation(plugin: string, config: Config, on: boolean): Opinion {
  const [opinion, setOpinion] = useState<Opinion>({ validation: null, problem: '' });
  const text = JSON.stringify(config);

  useEffect(() => {
    if (!on) return;
    let gone = false;
    const ask = async () => {
      try {
        const validation = await validate(config['connector.class'] || plugin, config);
        if (!gone) setOpinion({ validation, problem: '' });
      } catch (error) {
        if (!gone) setOpinion((before) => ({ ...before, problem: messageOf(error) }));
      }
    };
    const timer = window.setTimeout(() => void ask(), PAUSE_MS);
    return () => {
      gone = true;
      window.clearTimeout(timer);
    };
  }, [plugin, text, on]);
  return opinion;
}
