import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { logIn } from '../api';
import { Problem } from '../components/problem';
import { useAction } from '../use_action';

export function Login({ reason }: { reason: string }) {
  const [user, setUser] = useState('');
  const [password, setPassword] = useState('');
  const action = useAction();
  const first = useRef<HTMLInputElement>(null);
  const id = useId();
  useEffect(() => first.current?.focus(), []);

  const submit = (event: Event) => {
    event.preventDefault();
    void action.run(async () => {
      await logIn(user, password);
      setPassword('');
    });
  };

  return (
    <>
      <h1>Log in</h1>
      {reason !== '' && <p>{reason}</p>}
      <form class="login" onSubmit={submit}>
        <label for={`${id}-user`}>User (none for a token)</label>
        <input id={`${id}-user`} ref={first} name="username" autocomplete="username" value={user} onInput={(event) => setUser(event.currentTarget.value)} />
        <label for={`${id}-password`}>Password or token</label>
        <input
          id={`${id}-password`}
          type="password"
          name="password"
          autocomplete="current-password"
          required
          value={password}
          onInput={(event) => setPassword(event.currentTarget.value)}
        />
        <button type="submit" class="button main" aria-disabled={action.busy}>
          Log in
        </button>
      </form>
      <Problem message={action.problem} />
    </>
  );
}
